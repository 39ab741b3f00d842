import { GraphQLScalarType } from 'graphql'
import { GraphQLDateTimeISO } from 'graphql-scalars'
import type { Resolvers } from './generated.ts'

/** The schema names and describes it; a resolver that is a scalar brings its own name along. */
const { name: _name, description: _description, ...behaviour } = GraphQLDateTimeISO.toConfig()

export const scalarResolvers: Resolvers = { DateTime: new GraphQLScalarType({ name: 'DateTime', ...behaviour }) }
