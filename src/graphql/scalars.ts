import { GraphQLError, type GraphQLScalarType, type ValueNode } from 'graphql'
import { GraphQLDateTimeISO, GraphQLJSON } from 'graphql-scalars'
import type { Resolvers } from './generated.ts'

const MAX_JSON_BYTES = 16_000
const MAX_JSON_DEPTH = 8

// Only what a scalar does: the schema names and describes it, and a whole one would bring its own name along.
const { serialize, parseValue, parseLiteral } = GraphQLDateTimeISO

function isTooDeep(value: unknown, left: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return left === 0 || Object.values(value).some((each) => isTooDeep(each, left - 1))
}

/** @throws GraphQLError for JSON that is too large or too deep for what it is used for */
function assertSmall(value: unknown): unknown {
  if (isTooDeep(value, MAX_JSON_DEPTH)) throw new GraphQLError(`JSON must be at most ${MAX_JSON_DEPTH} levels deep.`)
  if (Buffer.byteLength(JSON.stringify(value) ?? '') > MAX_JSON_BYTES) {
    throw new GraphQLError(`JSON must be at most ${MAX_JSON_BYTES / 1000} kB.`)
  }
  return value
}

const json = {
  serialize: GraphQLJSON.serialize,
  parseValue: (value: unknown) => assertSmall(GraphQLJSON.parseValue(value)),
  parseLiteral: (node: ValueNode, variables?: Record<string, unknown> | null) =>
    assertSmall(GraphQLJSON.parseLiteral(node, variables)),
}

export const scalarResolvers: Resolvers = {
  DateTime: { serialize, parseValue, parseLiteral } as GraphQLScalarType,
  JSON: json as GraphQLScalarType,
}
