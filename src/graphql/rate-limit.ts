import { getDirective } from '@graphql-tools/utils'
import type { GraphQLFieldConfig, GraphQLFieldResolver, GraphQLSchema } from 'graphql'
import type { Limit } from '../domain/limits/limits.ts'
import type { Context } from './context.ts'

type Resolve = GraphQLFieldResolver<unknown, Context>

/** Returns what `@limited` counts on a field, or null. */
export const readLimit = (schema: GraphQLSchema, field: GraphQLFieldConfig<unknown, Context>): Limit | null =>
  getDirective(schema, field, 'limited')?.[0]?.by ?? null

function findEmail({ email, input }: { email?: unknown; input?: { email?: unknown } }): string | null {
  const found = email ?? input?.email
  return typeof found === 'string' ? found : null
}

/** A right password whose second factor is pending gives nothing back: somebody else may know it. */
const WRONG = new Set(['InvalidCredentials', 'InvalidFactor', 'InvalidToken', 'SecondFactorRequired'])

/** Tells whether a credential was right; whatever else was wrong with the input. */
const isRight = (result: unknown): boolean => !WRONG.has((result as { __typename?: string } | null)?.__typename ?? '')

/** Counts each execution of a field before its resolver runs; a right credential gives its count back. */
export function limitField(resolve: Resolve, limit: Limit): Resolve {
  return async (parent, args, context, info) => {
    const attempt = await context.limiter.begin(limit, context.auth, { email: findEmail(args) })
    const result = await resolve(parent, args, context, info)
    if (limit === 'CREDENTIALS' && isRight(result)) await attempt.succeed()
    return result
  }
}
