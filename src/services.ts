import type { Logger } from 'pino'
import type { Config } from './config.ts'
import { AuditLog } from './domain/audit/audit-log.ts'
import { createBreachLookup } from './domain/credentials/breached-passwords.ts'
import { createHasher } from './domain/credentials/hashing.ts'
import type { Deps, FeatureHooks } from './domain/deps.ts'
import type { SecurityEvent } from './domain/events.ts'
import { deriveKey, Encryption } from './domain/factors/encryption.ts'
import { deriveChallengeKey } from './domain/factors/passkey-challenge.ts'
import { Limiter } from './domain/limits/limits.ts'
import type { UserHooks } from './domain/mail/feature-job.ts'
import { MailQueue } from './domain/mail/queue.ts'
import type { TraceCarrier } from './domain/mail/trace-carrier.ts'
import { MailWorker } from './domain/mail/worker.ts'
import { describeError } from './log.ts'
import type { Mailer } from './mail/mailer.ts'
import type { Observer } from './metrics/metrics.ts'
import type { Clock } from './model.ts'
import { createCollections } from './mongo/collections.ts'
import type { Database } from './mongo/database.ts'
import { mailIndexes } from './mongo/mails.ts'
import { rateLimitIndexes } from './mongo/rate-limits.ts'
import { sessionIndexes } from './mongo/sessions.ts'
import { tokenIndexes } from './mongo/tokens.ts'
import { usedChallengeIndexes } from './mongo/used-challenges.ts'
import { userIndexes } from './mongo/user-document.ts'

/** The indexes of the service's own collections. */
export const OWN_INDEXES = [
  userIndexes,
  sessionIndexes,
  tokenIndexes,
  mailIndexes,
  usedChallengeIndexes,
  rateLimitIndexes,
]

/** What the domain is set up with. */
export interface ServiceInit {
  clock: Clock
  log: Logger
  mailer: Mailer
  sessionSecrets: readonly string[]
  /** The host of the front end. */
  appHost: string
  /** The origins whose pages may use passkeys. */
  origins: readonly string[]
  features: FeatureHooks & UserHooks
  observer: Observer
  traces: TraceCarrier
}

function toNonEmpty<T>([first, ...others]: readonly T[]): [T, ...T[]] {
  if (first === undefined) throw new Error('There is no session secret.')
  return [first, ...others]
}

function createEncryption({ encryptionKeys }: Config, sessionSecrets: readonly string[]): Encryption {
  return new Encryption(toNonEmpty([...encryptionKeys, ...sessionSecrets.map(deriveKey)]))
}

/** Creates the domain's dependencies and the mail worker, on the collections of one database. */
export async function createDeps(
  config: Config,
  database: Database,
  { clock, log, mailer, sessionSecrets, appHost, origins, features, observer, traces }: ServiceInit,
): Promise<{ deps: Deps & { limiter: Limiter }; mailWorker: MailWorker }> {
  const report = (event: SecurityEvent) => {
    log.info(event)
    observer.observeEvent(event)
  }
  const mailWorker = new MailWorker({
    ...{ db: createCollections(database), mailer, clock, report, hooks: features, traces },
    onError: (error) =>
      log.error(
        { event: 'mail.queue-failed', ...describeError(error) },
        'A mail cannot be sent, or the queue not read',
      ),
  })
  const hasher = createHasher(config.threads)
  const deps = {
    isBreached: createBreachLookup(config.breachedPasswords),
    ...{ clock, hasher, features },
    decoyHash: await hasher.hash('nobody has this password'),
    audit: new AuditLog({
      clock,
      events: createCollections(database).events,
      onError: (error) =>
        log.error({ event: 'audit.write-failed', ...describeError(error) }, 'A security event cannot be kept'),
    }),
    mails: new MailQueue(clock, mailWorker.wake, traces.carry),
    limiter: new Limiter(database, config.limits),
    encryption: createEncryption(config, sessionSecrets),
    challengeKeys: toNonEmpty(sessionSecrets.map(deriveChallengeKey)),
    settings: { ...config, rpId: config.rpId ?? appHost, origins },
  }
  return { deps, mailWorker }
}
