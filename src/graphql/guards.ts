/**
 * The threat: a field that nobody thought of. So every root field names its guard in the schema, one pass applies them all,
 * and the service does not start with a field that has none.
 */
import { getDirective, MapperKind, mapSchema } from '@graphql-tools/utils'
import { defaultFieldResolver, type GraphQLFieldConfig, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql'
import { isFresh } from '../domain/sessions/authentication.ts'
import { AppError } from '../errors.ts'
import type { Viewer } from '../model.ts'
import { hasScopes } from '../roles.ts'
import type { Context, SignedInContext } from './context.ts'

type Field = GraphQLFieldConfig<unknown, Context>
type ScopeLists = readonly (readonly string[])[]

/** What a field's directives ask. */
interface FieldPolicy {
  readonly isPublic: boolean
  readonly authenticated: boolean
  readonly scopes: ScopeLists | null
  readonly maxAge: number | null
  readonly own: { readonly orScopes: ScopeLists } | null
}

function readPolicy(schema: GraphQLSchema, field: Field): FieldPolicy {
  const directive = (name: string) => getDirective(schema, field, name)?.[0]
  const own = directive('own')
  return {
    isPublic: directive('public') !== undefined,
    authenticated: directive('authenticated') !== undefined,
    scopes: directive('requiresScopes')?.scopes ?? null,
    maxAge: directive('stepUp')?.maxAge ?? null,
    own: own ? { orScopes: own.orScopes ?? [] } : null,
  }
}

const listScopes = (lists: ScopeLists) => lists.map((list) => list.join(' and ')).join(', or ')

/** Describes a policy in words: introspection shows no directives. */
function* describePolicy(policy: FieldPolicy): Generator<string> {
  if (policy.isPublic) yield 'Guard: public, anyone may ask.'
  if (policy.authenticated) yield 'Guard: signed-in users only.'
  if (policy.scopes) yield `Guard: signed-in users with the scopes ${listScopes(policy.scopes)}.`
  if (policy.maxAge !== null)
    yield `Step-up: the user must have entered their password within ${policy.maxAge} seconds.`
  if (policy.own) {
    const others =
      policy.own.orScopes.length > 0 ? `, and users with the scopes ${listScopes(policy.own.orScopes)}` : ''
    yield `Guard: only the user themself${others}.`
  }
}

/** Finds what is wrong with the guards of a root field. */
export function* findGuardFaults(schema: GraphQLSchema, field: Field): Generator<string> {
  const { isPublic, authenticated, scopes, maxAge, own } = readPolicy(schema, field)
  const guards = [isPublic, authenticated, scopes !== null].filter(Boolean).length
  if (guards !== 1) yield 'needs exactly one of @public, @authenticated and @requiresScopes'
  if (maxAge !== null && (isPublic || guards === 0))
    yield 'has @stepUp, which goes beside @authenticated or @requiresScopes'
  if (own) yield 'has @own, which goes on the fields of a type'
}

/** @throws AppError where the viewer may not use the field */
async function authorize(policy: FieldPolicy, { auth, logFields, now }: Context): Promise<Viewer> {
  const viewer = await auth.authenticate()
  if (!viewer) throw new AppError('UNAUTHENTICATED')
  logFields.userId = viewer.user.id
  if (policy.scopes && !hasScopes(viewer.scopes, policy.scopes)) throw new AppError('FORBIDDEN')
  if (policy.maxAge !== null && !isFresh(viewer, policy.maxAge, now())) {
    throw new AppError('REAUTHENTICATION_REQUIRED', { maxAge: policy.maxAge })
  }
  return viewer
}

/** A user is their own owner; anything else names its user. */
function getOwnerId(parent: unknown): string | undefined {
  const { id, userId } = parent as { id?: string; userId?: string }
  return userId ?? id
}

function assertOwner(lists: ScopeLists, parent: unknown, viewer: Viewer | null): void {
  if (!viewer) throw new AppError('UNAUTHENTICATED')
  if (viewer.user.id !== getOwnerId(parent) && !hasScopes(viewer.scopes, lists)) throw new AppError('FORBIDDEN')
}

/** Reports a refusal, and throws it again. */
function rethrowReported(error: unknown, field: string, { auth, logFields }: Context): never {
  if (error instanceof AppError && (error.reason === 'UNAUTHENTICATED' || error.reason === 'FORBIDDEN')) {
    auth.report({ event: 'access.refused', code: error.code, field, userId: logFields.userId })
  }
  throw error
}

type Resolve = GraphQLFieldResolver<unknown, Context>

/** Puts the guard in front of a resolver, which then gets the viewer. */
function guardField(resolve: Resolve, policy: FieldPolicy, place: string): Resolve {
  return async (parent, args, context, info) => {
    const viewer = await authorize(policy, context).catch((error) => rethrowReported(error, place, context))
    return resolve(parent, args, { ...context, viewer } as SignedInContext, info)
  }
}

/** Puts the owner's guard in front of a resolver. Where the viewer is known already, nothing waits. */
function guardOwnField(resolve: Resolve, { orScopes }: { orScopes: ScopeLists }, place: string): Resolve {
  return (parent, args, context, info) => {
    const resolveFor = (viewer: Viewer | null) => {
      try {
        assertOwner(orScopes, parent, viewer)
      } catch (error) {
        rethrowReported(error, place, context)
      }
      return resolve(parent, args, context, info)
    }
    const { viewer } = context.auth
    return viewer === undefined ? context.auth.authenticate().then(resolveFor) : resolveFor(viewer)
  }
}

/** Puts each field's guard in front of its resolver and into its description. */
export function applyGuards(schema: GraphQLSchema): GraphQLSchema {
  const applyGuard = (field: Field, name: string, typeName: string): Field => {
    const policy = readPolicy(schema, field)
    const words = [...describePolicy(policy)]
    if (words.length === 0) return field
    const place = `${typeName}.${name}`
    const guard = (resolve: Resolve): Resolve => {
      if (policy.isPublic) return resolve
      return policy.own ? guardOwnField(resolve, policy.own, place) : guardField(resolve, policy, place)
    }
    return {
      ...field,
      description: [field.description, words.join(' ')].filter(Boolean).join('\n\n'),
      resolve: guard(field.resolve ?? defaultFieldResolver),
      ...(field.subscribe ? { subscribe: guard(field.subscribe) } : {}),
    }
  }
  return mapSchema(schema, {
    [MapperKind.ROOT_FIELD]: (field, name, typeName) => applyGuard(field, name, typeName),
    [MapperKind.OBJECT_FIELD]: (field, name, typeName) => applyGuard(field, name, typeName),
  })
}
