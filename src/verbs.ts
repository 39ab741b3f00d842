import type { Logger } from 'pino'
import type { Config } from './config.ts'
import { createCredentials } from './domain/credentials.ts'
import { createHasher } from './domain/hashing.ts'
import { createMailQueue } from './domain/mail-queue.ts'
import { createOutbox } from './domain/outbox.ts'
import { createSessions } from './domain/sessions.ts'
import { createTokens } from './domain/tokens.ts'
import { createVerbs } from './domain/verbs.ts'
import { describeError } from './log.ts'
import type { Mailer } from './mail/mailer.ts'
import type { Clock } from './model.ts'
import type { Database } from './mongo/connect.ts'
import { createMailRecords, mailIndexes } from './mongo/mails.ts'
import { createSessionRecords, sessionIndexes } from './mongo/sessions.ts'
import { createTokenRecords, tokenIndexes } from './mongo/tokens.ts'
import { createUsers, userIndexes } from './mongo/users.ts'

/** The indexes of the service's own collections. */
export const ownIndexes = [userIndexes, sessionIndexes, tokenIndexes, mailIndexes]

/** What the domain does, on the collections of one database. */
export async function buildVerbs(
  config: Config,
  database: Database,
  parts: { clock: Clock; log: Logger; mailer: Mailer },
) {
  const { clock, log, mailer } = parts
  const users = createUsers(database)
  const sessionRecords = createSessionRecords(database)
  const tokenRecords = createTokenRecords(database)
  const mailRecords = createMailRecords(database)

  const hasher = createHasher(config.threads)
  const credentials = createCredentials(hasher, await hasher.hash('nobody has this password'))
  const sessions = createSessions({ users, sessions: sessionRecords, lifetimes: config.lifetimes, clock })
  const tokens = createTokens({ tokenRecords, users, clock })
  const outbox = createOutbox({
    ...{ mails: mailRecords, users, tokens, mailer, clock },
    report: (event) => log.info(event),
    onError: (error) =>
      log.error(
        { event: 'mail.queue-failed', ...describeError(error) },
        'A mail cannot be sent, or the queue of mails not be read',
      ),
  })
  const mails = createMailQueue(mailRecords, clock, outbox.wake)
  const records = { users, sessionRecords, tokenRecords, mailRecords }
  const verbs = createVerbs({ ...records, sessions, mails, credentials, hasher, clock, tokens, rules: config })
  return { verbs, users, sessionRecords, outbox }
}
