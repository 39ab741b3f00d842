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
import { Forbidden, ReauthenticationRequired, Unauthenticated } from '../domain/outcomes.ts'
import { grants } from '../domain/roles.ts'
import { isFresh } from '../domain/sessions.ts'
import type { Viewer } from '../model.ts'
import type { Context, SignedInContext } from './context.ts'
import { describePolicy, type FieldPolicy, needsUser, readPolicy } from './field-policy.ts'

type Field = GraphQLFieldConfig<unknown, Context>
type Resolve = GraphQLFieldResolver<unknown, Context>

/** A user is their own owner; anything else names its user. */
function getOwnerId(parent: unknown): string | undefined {
  const { id, userId } = (parent ?? {}) as { id?: string; userId?: string }
  return userId ?? id
}

function assertAllowed(policy: FieldPolicy, viewer: Viewer | null, parent: unknown, now: () => Date): Viewer {
  if (!viewer) throw new Unauthenticated()
  if (!policy.scopes.every((lists) => grants(viewer.scopes, lists))) throw new Forbidden()
  const isOwner = policy.own.length > 0 && viewer.user.id === getOwnerId(parent)
  if (!isOwner && !policy.own.every((lists) => grants(viewer.scopes, lists))) throw new Forbidden()
  if (policy.maxAge !== null && !isFresh(viewer, policy.maxAge, now())) {
    throw new ReauthenticationRequired(policy.maxAge)
  }
  return viewer
}

/** Reports a refusal, and throws it again. */
function rethrowReported(error: unknown, field: string, { asker, facts }: Context): never {
  if (error instanceof Unauthenticated || error instanceof Forbidden) {
    asker.report({ event: 'access.refused', code: error.name, field, userId: facts.userId })
  }
  throw error
}

/** Puts the guard in front of a resolver, which then gets the viewer. Where the viewer is known already, nothing waits. */
function guardField(resolve: Resolve, policy: FieldPolicy, place: string): Resolve {
  const isForAnyUser = policy.authenticated || policy.scopes.length > 0 || policy.maxAge !== null
  return (parent, args, context, info) => {
    const resolveFor = (viewer: Viewer | null) => {
      if (isForAnyUser && viewer) context.facts.userId = viewer.user.id
      try {
        assertAllowed(policy, viewer, parent, context.now)
      } catch (error) {
        rethrowReported(error, place, context)
      }
      return resolve(parent, args, isForAnyUser ? ({ ...context, viewer } as SignedInContext) : context, info)
    }
    const { identified } = context.asker
    return identified === undefined ? context.asker.identify().then(resolveFor) : resolveFor(identified)
  }
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
      needsUser(policy) ? guardField(resolve, policy, `${typeName}.${name}`) : resolve
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
