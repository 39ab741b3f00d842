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
import { getScopes, hasScopes } from '../roles.ts'
import type { Context, SignedInContext } from './context.ts'
import { describePolicy, type FieldPolicy, needsUser, readPolicy, type ScopeLists } from './field-policy.ts'
import { limitField, readLimit } from './rate-limit.ts'

type Field = GraphQLFieldConfig<unknown, Context>
type Resolve = GraphQLFieldResolver<unknown, Context>

/** A user is their own owner; anything else names its user. */
function getOwnerId(parent: unknown): string | undefined {
  const { id, userId } = (parent ?? {}) as { id?: string; userId?: string }
  return userId ?? id
}

/** @throws AppError FORBIDDEN, or SECOND_FACTOR_REQUIRED if the user's roles would suffice with a second factor */
function assertScopes(viewer: Viewer, lists: readonly ScopeLists[]): void {
  const suffice = (scopes: ReadonlySet<string>) => lists.every((each) => hasScopes(scopes, each))
  if (suffice(viewer.scopes)) return
  const isWithheld = viewer.secondFactorRequired && suffice(getScopes(viewer.user.roles))
  throw new AppError(isWithheld ? 'SECOND_FACTOR_REQUIRED' : 'FORBIDDEN')
}

function assertAllowed(policy: FieldPolicy, viewer: Viewer | null, parent: unknown, now: () => Date): Viewer {
  if (!viewer) throw new AppError('UNAUTHENTICATED')
  assertScopes(viewer, policy.scopes)
  const isOwner = policy.own.length > 0 && viewer.user.id === getOwnerId(parent)
  if (!isOwner) assertScopes(viewer, policy.own)
  const { maxAge, multiFactor } = policy
  if (maxAge === null) return viewer
  const isProved = !multiFactor || viewer.session.assurance === 'MULTI_FACTOR'
  if (isProved && isFresh(viewer, maxAge, now())) return viewer
  throw new AppError('REAUTHENTICATION_REQUIRED', { maxAge, ...(multiFactor ? { assurance: 'MULTI_FACTOR' } : {}) })
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
  const { maxAge, multiFactor } = policy
  const steppedUp = guard(resolve, { isPublic: false, authenticated: false, scopes: [], own: [], maxAge, multiFactor })
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
