/**
 * The threat: a field that nobody thought of. So every root field names its guard in the schema, one pass applies them all,
 * and a field without a guard does not start.
 */
import { getDirective, MapperKind, mapSchema } from '@graphql-tools/utils'
import { defaultFieldResolver, type GraphQLFieldConfig, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql'
import { Forbidden, ReauthenticationRequired, Unauthenticated } from '../domain/outcomes.ts'
import { grants } from '../domain/roles.ts'
import { isFresh } from '../domain/sessions.ts'
import type { Viewer } from '../model.ts'
import type { Context, SignedInContext } from './context.ts'

type Field = GraphQLFieldConfig<unknown, Context>
type ScopeLists = readonly (readonly string[])[]

/** What a field's directives ask of whoever asks. */
interface Demand {
  readonly isPublic: boolean
  readonly authenticated: boolean
  readonly scopes: ScopeLists | null
  readonly maxAge: number | null
  readonly own: { readonly orScopes: ScopeLists } | null
}

function demandOf(schema: GraphQLSchema, field: Field): Demand {
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

/** The guard in words: introspection shows no directives. */
function* describe(demand: Demand): Generator<string> {
  if (demand.isPublic) yield 'Guard: public, anyone may ask.'
  if (demand.authenticated) yield 'Guard: signed-in users only.'
  if (demand.scopes) yield `Guard: signed-in users with the scopes ${listScopes(demand.scopes)}.`
  if (demand.maxAge !== null) yield `Step-up: who they are must have been proved within ${demand.maxAge} seconds.`
  if (demand.own) {
    const others =
      demand.own.orScopes.length > 0 ? `, and users with the scopes ${listScopes(demand.own.orScopes)}` : ''
    yield `Guard: only the user themself${others}.`
  }
}

/** What is wrong with the guards of a root field, if anything. */
export function* guardFaults(schema: GraphQLSchema, field: Field): Generator<string> {
  const { isPublic, authenticated, scopes, maxAge, own } = demandOf(schema, field)
  const guards = [isPublic, authenticated, scopes !== null].filter(Boolean).length
  if (guards !== 1) yield 'needs exactly one of @public, @authenticated and @requiresScopes'
  if (maxAge !== null && (isPublic || guards === 0))
    yield 'has @stepUp, which goes beside @authenticated or @requiresScopes'
  if (own) yield 'has @own, which goes on the fields of a type'
}

async function admit(demand: Demand, context: Context): Promise<Viewer> {
  const viewer = await context.asker.identify()
  if (!viewer) throw new Unauthenticated()
  context.facts.userId = viewer.user.id
  if (demand.scopes && !grants(viewer.scopes, demand.scopes)) throw new Forbidden()
  if (demand.maxAge !== null && !isFresh(viewer, demand.maxAge, context.now())) {
    throw new ReauthenticationRequired(demand.maxAge)
  }
  return viewer
}

/** Whose is it? A user is their own; anything else names its user. */
function ownerOf(parent: unknown): string | undefined {
  const { id, userId } = parent as { id?: string; userId?: string }
  return userId ?? id
}

function requireOwner(lists: ScopeLists, parent: unknown, viewer: Viewer | null): void {
  if (!viewer) throw new Unauthenticated()
  if (viewer.user.id !== ownerOf(parent) && !grants(viewer.scopes, lists)) throw new Forbidden()
}

/** Reports a refusal, and lets it go on. */
function report(error: unknown, field: string, { asker, facts }: Context): never {
  if (error instanceof Unauthenticated || error instanceof Forbidden) {
    asker.report({ event: 'access.refused', code: error.name, field, userId: facts.userId })
  }
  throw error
}

type Resolve = GraphQLFieldResolver<unknown, Context>

/** A root field's resolver, behind its guard: it sees who is asking. */
function behindGuard(resolve: Resolve, demand: Demand, place: string): Resolve {
  return async (parent, args, context, info) => {
    const viewer = await admit(demand, context).catch((error) => report(error, place, context))
    return resolve(parent, args, { ...context, viewer } as SignedInContext, info)
  }
}

/** The resolver of a field that is its user's own. Where it is known who is asking, nothing waits. */
function behindOwner(resolve: Resolve, { orScopes }: { orScopes: ScopeLists }, place: string): Resolve {
  return (parent, args, context, info) => {
    const admitted = (viewer: Viewer | null) => {
      try {
        requireOwner(orScopes, parent, viewer)
      } catch (error) {
        report(error, place, context)
      }
      return resolve(parent, args, context, info)
    }
    const { identified } = context.asker
    return identified === undefined ? context.asker.identify().then(admitted) : admitted(identified)
  }
}

/** Every field with its guard in front, and in its description. */
export function applyGuards(schema: GraphQLSchema): GraphQLSchema {
  const guarded = (field: Field, name: string, typeName: string): Field => {
    const demand = demandOf(schema, field)
    const words = [...describe(demand)]
    if (words.length === 0) return field
    const place = `${typeName}.${name}`
    const guard = (resolve: Resolve): Resolve => {
      if (demand.isPublic) return resolve
      return demand.own ? behindOwner(resolve, demand.own, place) : behindGuard(resolve, demand, place)
    }
    return {
      ...field,
      description: [field.description, words.join(' ')].filter(Boolean).join('\n\n'),
      resolve: guard(field.resolve ?? defaultFieldResolver),
      ...(field.subscribe ? { subscribe: guard(field.subscribe) } : {}),
    }
  }
  return mapSchema(schema, {
    [MapperKind.ROOT_FIELD]: (field, name, typeName) => guarded(field, name, typeName),
    [MapperKind.OBJECT_FIELD]: (field, name, typeName) => guarded(field, name, typeName),
  })
}
