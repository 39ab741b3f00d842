import type { Logger } from 'pino'
import type { Deps, FeatureHooks } from './domain/deps.ts'
import type { UserHooks } from './domain/mail/feature-job.ts'
import type { FeatureDeps } from './features/feature.ts'
import { findFeatures, type NamedFeature } from './features/find-features.ts'
import { readOwnFields } from './features/own-fields.ts'
import { createRequireUser } from './http/require-user.ts'
import type { Clock } from './model.ts'
import { createCollections } from './mongo/collections.ts'
import type { Database } from './mongo/database.ts'
import { getFeatureDeadline } from './mongo/deadline.ts'
import { bindToDeadline } from './mongo/feature-collection.ts'
import { OWN_INDEXES } from './services.ts'

export interface FeatureInit {
  database: Database
  clock: Clock
  log: Logger
  mails: Deps['mails']
}

function createFeatureDeps({ database, clock, log, mails }: FeatureInit, name: string): FeatureDeps {
  const createDb = () => createCollections(database, getFeatureDeadline())
  return {
    clock,
    collection: (collection) => bindToDeadline(database.collection(collection)),
    userById: (id) => createDb().users.findById(id),
    requireUser: createRequireUser(clock.now),
    log: log.child({ feature: name }),
    report: (event) => log.info({ ...event, event: `feature.${name}.${event.name}` }),
    mails: { enqueue: (mail) => mails.enqueue({ db: createDb() }, { kind: 'feature', ...mail }) },
  }
}

/** @throws FeatureError if a feature cannot be loaded, or if two claim the same path or collection */
export function openFeatures(init: FeatureInit): Promise<NamedFeature[]> {
  const reserved = [...OWN_INDEXES.map(({ collection }) => collection), 'events']
  return findFeatures((name) => createFeatureDeps(init, name), reserved)
}

/** Creates the hooks that the domain calls; the features may be opened later. */
export function createFeatureHooks(features: readonly NamedFeature[]): FeatureHooks & UserHooks {
  return {
    readOwnFields: (input) => readOwnFields(features, input),
    hears: (kind) =>
      features.some(({ onUserCreated, onEmailChanged }) => (kind === 'userCreated' ? onUserCreated : onEmailChanged)),
    async onUserCreated(user) {
      for (const feature of features) await feature.onUserCreated?.(user)
    },
    async onUserDeleted(user) {
      for (const feature of features) await feature.onUserDeleted?.(user)
    },
    async onEmailChanged(user) {
      for (const feature of features) await feature.onEmailChanged?.(user)
    },
    async exportUser(user) {
      const data = new Map<string, unknown>()
      for (const { name, onUserExported } of features) {
        if (onUserExported) data.set(name, await onUserExported(user))
      }
      return Object.fromEntries(data)
    },
  }
}
