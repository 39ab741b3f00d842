/**
 * The threat: a field that nobody thought of. So every root field names its guard in the schema, one pass applies them all,
 * and a field without a guard does not start.
 */
import { MapperKind, mapSchema } from '@graphql-tools/utils'
import {
  defaultFieldResolver,
  type GraphQLFieldConfig,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
} from 'graphql'
import type { Limit } from '../domain/limits/limits.ts'
import { isFresh } from '../domain/sessions/authentication.ts'
import { AppError } from '../errors.ts'
import type { Viewer } from '../model.ts'
import { hasScopes } from '../roles.ts'
import type { Context, SignedInContext } from './context.ts'
import { describePolicy, type FieldPolicy, needsUser, readPolicy } from './field-policy.ts'
import { limitField, readLimit } from './rate-limit.ts'

type Field = GraphQLFieldConfig<unknown, Context>
type Resolve = GraphQLFieldResolver<unknown, Context>

/** A user is their own owner; anything else names its user. */
function getOwnerId(parent: unknown): string | undefined {
  const { id, userId } = (parent ?? {}) as { id?: string; userId?: string }
  return userId ?? id
}

function assertAllowed(policy: FieldPolicy, viewer: Viewer | null, parent: unknown, now: () => Date): Viewer {
  if (!viewer) throw new AppError('UNAUTHENTICATED')
  if (!policy.scopes.every((lists) => hasScopes(viewer.scopes, lists))) throw new AppError('FORBIDDEN')
  const isOwner = policy.own.length > 0 && viewer.user.id === getOwnerId(parent)
  if (!isOwner && !policy.own.every((lists) => hasScopes(viewer.scopes, lists))) throw new AppError('FORBIDDEN')
  if (policy.maxAge !== null && !isFresh(viewer, policy.maxAge, now())) {
    throw new AppError('REAUTHENTICATION_REQUIRED', { maxAge: policy.maxAge })
  }
  return viewer
}

function rethrowReported(error: unknown, field: string, { auth, logFields }: Context): never {
  if (error instanceof AppError && (error.reason === 'UNAUTHENTICATED' || error.reason === 'FORBIDDEN')) {
    auth.report({ event: 'access.refused', code: error.code, field, userId: logFields.userId })
  }
  throw error
}

/** Puts the guard in front of a resolver, which then gets the viewer. Where the viewer is known already, nothing waits. */
function guardField(resolve: Resolve, policy: FieldPolicy, place: string): Resolve {
  const isForAnyUser = policy.authenticated || policy.scopes.length > 0 || policy.maxAge !== null
  return (parent, args, context, info) => {
    const resolveFor = (viewer: Viewer | null) => {
      if (isForAnyUser && viewer) context.logFields.userId = viewer.user.id
      try {
        assertAllowed(policy, viewer, parent, context.now)
      } catch (error) {
        rethrowReported(error, place, context)
      }
      return resolve(parent, args, isForAnyUser ? ({ ...context, viewer } as SignedInContext) : context, info)
    }
    const { viewer } = context.auth
    return viewer === undefined ? context.auth.authenticate().then(resolveFor) : resolveFor(viewer)
  }
}

function guardLimited(resolve: Resolve, policy: FieldPolicy, limit: Limit | null, place: string): Resolve {
  const guard = (inner: Resolve, asked: FieldPolicy): Resolve =>
    needsUser(asked) ? guardField(inner, asked, place) : inner
  if (!limit) return guard(resolve, policy)
  const { maxAge } = policy
  const steppedUp = guard(resolve, { isPublic: false, authenticated: false, scopes: [], own: [], maxAge })
  return guard(limitField(steppedUp, limit), { ...policy, maxAge: null })
}

/** Puts each field's guard in front of its resolver, and into its description. */
export function applyGuards(schema: GraphQLSchema): GraphQLSchema {
  const applyGuard = (field: Field, name: string, typeName: string): Field => {
    const type = schema.getType(typeName)
    if (!isObjectType(type) && !isInterfaceType(type)) return field
    const policy = readPolicy(schema, type, name)
    const words = [...describePolicy(policy)]
    if (words.length === 0) return field
    const guard = (resolve: Resolve): Resolve =>
      guardLimited(resolve, policy, readLimit(schema, field), `${typeName}.${name}`)
    return {
      ...field,
      description: [field.description, words.join(' ')].filter(Boolean).join('\n\n'),
      resolve: guard(field.resolve ?? defaultFieldResolver),
      ...(field.subscribe ? { subscribe: guard(field.subscribe) } : {}),
    }
  }
  return mapSchema(schema, {
    [MapperKind.ROOT_FIELD]: applyGuard,
    [MapperKind.OBJECT_FIELD]: applyGuard,
    [MapperKind.INTERFACE_FIELD]: applyGuard,
  })
}
