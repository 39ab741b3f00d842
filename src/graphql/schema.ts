import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeExecutableSchema } from '@graphql-tools/schema'
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  isEnumType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  parse,
  Source,
} from 'graphql'
import { ROLES } from '../roles.ts'
import { findClashes } from './clashes.ts'
import { findPolicyFaults, readPolicy } from './field-policy.ts'
import type { Resolvers } from './generated.ts'
import { applyGuards } from './guards.ts'
import { findMisplacedGuards } from './misplaced-guards.ts'

/** The schema cannot be served; the message lists every fault, a line each. */
export class SchemaError extends Error {
  override name = 'SchemaError'

  constructor(faults: readonly string[]) {
    super(`The schema cannot be served:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`)
  }
}

/** An editor may have just created the file. */
const isBlank = (sdl: string) => sdl.replace(/#.*|[\s,\ufeff]/g, '') === ''

/**
 * Parses the SDL files of a directory and those below it.
 * @throws SchemaError where one is no SDL, naming its file and line
 */
export function readTypeDefs(directory: string): DocumentNode[] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.graphql'),
  )
  return names.sort().flatMap((name) => {
    const text = readFileSync(join(directory, name), 'utf8')
    if (isBlank(text)) return []
    try {
      return [parse(new Source(text, name))]
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error
      throw new SchemaError([`${name}, line ${error.locations?.[0]?.line ?? 1}: ${error.message}`])
    }
  })
}

function* findFieldFaults(schema: GraphQLSchema): Generator<string> {
  const roots = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()])
  const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) || isInterfaceType(type))
  for (const type of types.filter(({ name }) => !name.startsWith('__'))) {
    const isRoot = isObjectType(type) && roots.has(type)
    for (const [name, field] of Object.entries(type.getFields())) {
      const place = `${type.name}.${name}`
      if (isRoot && isNonNullType(field.type))
        yield `${place} must be nullable: a refusal may not take a sibling's data with it`
      if (isRoot && type === schema.getSubscriptionType() && !field.subscribe)
        yield `${place} has no subscribe function: its resolver gives { subscribe }, and maybe a resolve of each event`
      else if (isRoot && !field.resolve && !field.subscribe) yield `${place} has no resolver`
      for (const fault of findPolicyFaults(readPolicy(schema, type, name), isRoot)) yield `${place} ${fault}`
    }
  }
}

/** Finds the roles that only the schema's enum knows, and those that only the table of roles does. */
function findRoleFaults(schema: GraphQLSchema): string[] {
  const type = schema.getType('Role')
  if (!isEnumType(type)) return []
  const named = type.getValues().map(({ name }) => name)
  const known: readonly string[] = ROLES
  return [
    ...named
      .filter((role) => !known.includes(role))
      .map((role) => `the role ${role} is in the enum Role, but not in the table of roles and their scopes`),
    ...known
      .filter((role) => !named.includes(role))
      .map((role) => `the role ${role} is in the table of roles and their scopes, but not in the enum Role`),
  ]
}

function assertNoFaults(faults: readonly string[]): void {
  if (faults.length > 0) throw new SchemaError(faults)
}

function makeSchema(typeDefs: DocumentNode[], resolvers: Resolvers[]): GraphQLSchema {
  try {
    return makeExecutableSchema({ typeDefs, resolvers })
  } catch (error) {
    throw new SchemaError((error as Error).message.split('\n\n'))
  }
}

/**
 * The schema of a directory of SDL files, with its resolvers, and its guards in front of them.
 * @throws SchemaError where the SDL is wrong, a guard holds nowhere or against another one, or a root field has no guard, no
 * resolver, or may not be null
 */
export function buildSchema(directory: string, resolvers: Resolvers[]): GraphQLSchema {
  const typeDefs = readTypeDefs(directory)
  assertNoFaults([...findClashes(typeDefs), ...typeDefs.flatMap(findMisplacedGuards)])
  const schema = makeSchema(typeDefs, resolvers)
  assertNoFaults([...findRoleFaults(schema), ...findFieldFaults(schema)])
  return applyGuards(schema)
}
