import { existsSync, readdirSync } from 'node:fs'
import type { RequestHandler } from 'express'
import type { Collection, Document } from 'mongodb'
import type { Resolvers } from '../graphql/generated.ts'
import type { Clock, User } from '../model.ts'
import type { CollectionIndexes } from '../mongo/connect.ts'

/** What a feature is built from. */
export interface FeatureParts {
  /** A collection, at the moment of use: `collection<Note>('notes').findOne(…)`. */
  collection<T extends Document>(name: string): Collection<T>
  /** A user by id; null if there is none. */
  userById(id: string): Promise<User | null>
  clock: Clock
  /** The guard for plain Express routes: 401 without a session, `req.viewer` with one. */
  requireUser(options?: { maxAge?: number }): RequestHandler
}

/** A noun of a clone's own: what its `feature.ts` exports by default is a function that makes one. */
export interface Feature {
  resolvers: Resolvers
  indexes?: CollectionIndexes[]
  /** A router below a path, for what is not GraphQL. */
  route?: { path: string; router: RequestHandler }
}

/** The features found in the folders beside this file: each `feature.ts` in one. */
export async function findFeatures(parts: FeatureParts): Promise<Feature[]> {
  const here = new URL('./', import.meta.url)
  const name = import.meta.url.endsWith('.ts') ? 'feature.ts' : 'feature.js'
  const files = readdirSync(here)
    .map((folder) => new URL(`${folder}/${name}`, here))
    .filter((file) => existsSync(file))
  return Promise.all(
    files.map(async (file) => {
      const module: { default(parts: FeatureParts): Feature } = await import(file.href)
      return module.default(parts)
    }),
  )
}
