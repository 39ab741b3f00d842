import { fileURLToPath } from 'node:url'
import { makeExecutableSchema } from '@graphql-tools/schema'
import { buildGuardTable } from './guard-table.ts'
import { readTypeDefs } from './schema.ts'

const typeDefs = readTypeDefs(fileURLToPath(new URL('../../schema', import.meta.url)))
console.log(buildGuardTable(makeExecutableSchema({ typeDefs })).trimEnd())
