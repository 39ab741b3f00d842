import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeExecutableSchema } from '@graphql-tools/schema'
import { type GraphQLObjectType, type GraphQLSchema, isNonNullType } from 'graphql'
import type { Resolvers } from './generated.ts'
import { applyGuards, findGuardFaults } from './guards.ts'

/** The schema cannot be served; the message lists every fault, a line each. */
export class SchemaError extends Error {
  override name = 'SchemaError'
}

const readTypeDefs = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.graphql'))
    .sort()
    .map((name) => readFileSync(join(directory, name), 'utf8'))

const listRootTypes = (schema: GraphQLSchema): GraphQLObjectType[] =>
  [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter((type) => type != null)

function* findFaults(schema: GraphQLSchema): Generator<string> {
  for (const type of listRootTypes(schema)) {
    for (const [name, field] of Object.entries(type.getFields())) {
      const place = `${type.name}.${name}`
      if (isNonNullType(field.type)) yield `${place} must be nullable: a refusal may not take a sibling's data with it`
      if (!field.resolve && !field.subscribe) yield `${place} has no resolver`
      const config = type.toConfig().fields[name]
      if (config) for (const fault of findGuardFaults(schema, config)) yield `${place} ${fault}`
    }
  }
}

/**
 * The schema of a directory of SDL files, with its resolvers, and its guards in front of them.
 * @throws SchemaError where a root field has no guard, no resolver, or may not be null
 */
export function buildSchema(directory: string, resolvers: Resolvers[]): GraphQLSchema {
  const schema = makeExecutableSchema({ typeDefs: readTypeDefs(directory), resolvers })
  const faults = [...findFaults(schema)]
  if (faults.length > 0)
    throw new SchemaError(`The schema cannot be served:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`)
  return applyGuards(schema)
}
