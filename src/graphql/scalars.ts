import { GraphQLDateTimeISO } from 'graphql-scalars'
import type { Resolvers } from './generated.ts'

export const scalarResolvers: Resolvers = { DateTime: GraphQLDateTimeISO }
