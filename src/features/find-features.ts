import { existsSync, readdirSync } from 'node:fs'
import type { Feature, FeatureDeps } from './feature.ts'

export interface NamedFeature extends Feature {
  readonly name: string
}

/** A clone's feature cannot be used. The message says which, and why. */
export class FeatureError extends Error {
  override name = 'FeatureError'
}

async function loadFeature(name: string, file: URL, deps: FeatureDeps): Promise<NamedFeature> {
  try {
    const module: { default(deps: FeatureDeps): Feature } = await import(file.href)
    return { ...module.default(deps), name }
  } catch (error) {
    const { message } = error as Error
    throw new FeatureError(`The feature in src/features/${name} cannot be loaded: ${message}`, { cause: error })
  }
}

/** What no two features can share. */
const CLAIMS: readonly (readonly [string, (feature: Feature) => readonly string[]])[] = [
  ['path', ({ route }) => (route ? [route.path] : [])],
  ['collection', ({ indexes = [] }) => indexes.map(({ collection }) => collection)],
]

function assertNoClashes(features: readonly NamedFeature[], reserved: readonly string[]): void {
  for (const [noun, listClaims] of CLAIMS) {
    const owners = new Map(noun === 'collection' ? reserved.map((name) => [name, 'the service itself']) : [])
    for (const feature of features) {
      for (const claim of new Set(listClaims(feature))) {
        const owner = owners.get(claim)
        if (owner) throw new FeatureError(`Two features claim the ${noun} ${claim}: ${owner} and ${feature.name}.`)
        owners.set(claim, feature.name)
      }
    }
  }
}

/**
 * Creates the features of the folders beside this file, from each folder's `feature.ts`.
 * @throws FeatureError if one cannot be loaded, or if two claim the same path or collection
 */
export async function findFeatures(
  createDeps: (name: string) => FeatureDeps,
  reservedCollections: readonly string[],
): Promise<NamedFeature[]> {
  const here = new URL('./', import.meta.url)
  const fileName = import.meta.url.endsWith('.ts') ? 'feature.ts' : 'feature.js'
  const folders = readdirSync(here).filter((folder) => existsSync(new URL(`${folder}/${fileName}`, here)))
  const features = await Promise.all(
    folders.map((name) => loadFeature(name, new URL(`${name}/${fileName}`, here), createDeps(name))),
  )
  assertNoClashes(features, reservedCollections)
  return features
}
