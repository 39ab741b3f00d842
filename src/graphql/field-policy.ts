import { getDirectives } from '@graphql-tools/utils'
import type { GraphQLField, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema } from 'graphql'

/** Scope lists: outer OR, inner AND. */
export type ScopeLists = readonly (readonly string[])[]

/** What the directives of a field ask, its own and those of the interfaces that it comes from. All of it holds. */
export interface FieldPolicy {
  readonly isPublic: boolean
  readonly authenticated: boolean
  readonly scopes: readonly ScopeLists[]
  /** Seconds within which the user must have given a credential; null where any time will do. */
  readonly maxAge: number | null
  /** Whether the user must have proved a second factor. */
  readonly multiFactor: boolean
  /** Whom a user's own field is also for. */
  readonly own: readonly ScopeLists[]
}

type FieldsType = GraphQLObjectType | GraphQLInterfaceType
type Field = GraphQLField<unknown, unknown>

const findFields = (type: FieldsType, name: string): Field[] =>
  [type, ...type.getInterfaces()].flatMap((each) => each.getFields()[name] ?? [])

/** Reads the policy of a type's field. */
export function readPolicy(schema: GraphQLSchema, type: FieldsType, name: string): FieldPolicy {
  const directives = findFields(type, name).flatMap((field) => getDirectives(schema, field))
  const find = (directive: string) => directives.filter((each) => each.name === directive).map(({ args }) => args ?? {})
  const ages = find('stepUp').map(({ maxAge }): number => maxAge)
  return {
    isPublic: find('public').length > 0,
    authenticated: find('authenticated').length > 0,
    scopes: find('requiresScopes').map(({ scopes }): ScopeLists => scopes),
    maxAge: ages.length > 0 ? Math.min(...ages) : null,
    multiFactor: find('stepUp').some(({ assurance }) => assurance === 'MULTI_FACTOR'),
    own: find('own').map(({ orScopes }): ScopeLists => orScopes ?? []),
  }
}

/** Tells whether a policy lets nobody in who is not signed in. */
export const needsUser = ({ authenticated, scopes, maxAge, own }: FieldPolicy): boolean =>
  authenticated || scopes.length > 0 || maxAge !== null || own.length > 0

const listScopes = (lists: ScopeLists) => lists.map((list) => list.join(' and ')).join(', or ')

/** Describes a policy in words: introspection shows no directives. */
export function* describePolicy({
  isPublic,
  authenticated,
  scopes,
  maxAge,
  multiFactor,
  own,
}: FieldPolicy): Generator<string> {
  if (isPublic) yield 'Guard: public, anyone may ask.'
  if (authenticated) yield 'Guard: signed-in users only.'
  for (const lists of scopes) yield `Guard: signed-in users with the scopes ${listScopes(lists)}.`
  if (maxAge !== null) {
    const proof = multiFactor ? 'proved a second factor' : 'entered their password'
    yield `Step-up: the user must have ${proof} within ${maxAge} seconds.`
  }
  for (const lists of own) {
    const others = lists.length > 0 ? `, and users with the scopes ${listScopes(lists)}` : ''
    yield `Guard: only the user themself${others}.`
  }
}

/** Finds what is wrong with the guards of a field, of a root type or any other. */
export function* findPolicyFaults(policy: FieldPolicy, isRoot: boolean): Generator<string> {
  const { isPublic, authenticated, scopes, maxAge, own } = policy
  const guards = [isPublic, authenticated, scopes.length > 0].filter(Boolean).length
  if (isRoot && guards !== 1) yield 'needs exactly one of @public, @authenticated and @requiresScopes'
  if (isRoot && maxAge !== null && (isPublic || guards === 0))
    yield 'has @stepUp, which goes beside @authenticated or @requiresScopes'
  if (isRoot && own.length > 0) yield 'has @own, which goes on the fields of a type'
  if (!isRoot && isPublic && needsUser(policy)) yield 'has @public beside a guard that refuses somebody'
}
