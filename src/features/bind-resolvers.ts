import type { GraphQLFieldResolver } from 'graphql'
import type { Context } from '../graphql/context.ts'
import type { Resolvers } from '../graphql/generated.ts'
import { runWithDeadline } from '../mongo/deadline.ts'

type Resolve = GraphQLFieldResolver<unknown, Context>

const bindResolve =
  (resolve: Resolve): Resolve =>
  (parent, args, context, info) =>
    runWithDeadline(context.deadline, () => resolve(parent, args, context, info))

function bindField(field: unknown): unknown {
  if (typeof field === 'function') return bindResolve(field as Resolve)
  if (typeof field !== 'object' || field === null || !('resolve' in field)) return field
  return { ...field, resolve: bindResolve(field.resolve as Resolve) }
}

/** Makes the queries of a feature's resolvers end with their request. */
export function bindResolvers(resolvers: Resolvers): Resolvers {
  const types = Object.entries(resolvers).map(([type, fields]) => {
    const isObject = Object.getPrototypeOf(fields ?? null) === Object.prototype
    if (!isObject) return [type, fields]
    return [type, Object.fromEntries(Object.entries(fields as object).map(([name, field]) => [name, bindField(field)]))]
  })
  return Object.fromEntries(types) as Resolvers
}
