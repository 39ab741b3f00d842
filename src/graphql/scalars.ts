import type { GraphQLScalarType } from 'graphql'
import { GraphQLDateTimeISO } from 'graphql-scalars'
import type { Resolvers } from './generated.ts'

// Only what it does: the schema names and describes the scalar, and a whole one would bring its own name along.
const { serialize, parseValue, parseLiteral } = GraphQLDateTimeISO

export const scalarResolvers: Resolvers = { DateTime: { serialize, parseValue, parseLiteral } as GraphQLScalarType }
