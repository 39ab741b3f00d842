import { createCredentials } from '../../src/domain/credentials.ts'
import type { Hasher } from '../../src/domain/hashing.ts'
import { createMailQueue } from '../../src/domain/mail-queue.ts'
import { createOutbox } from '../../src/domain/outbox.ts'
import { createSessions, type SessionSlot, type Sessions } from '../../src/domain/sessions.ts'
import { createTokens } from '../../src/domain/tokens.ts'
import { createVerbs } from '../../src/domain/verbs.ts'
import type { Clock, SessionRecord } from '../../src/model.ts'
import type { Ports } from './ports.ts'
import { hashed, LIFETIMES, NOW } from './world.ts'

export const clock: Clock = { now: () => NOW, after: () => () => {} }

/** Hashes at once: passwords are none of the explorer's business. Old hashes are made anew at a login. */
const hasher: Hasher = {
  hash: async (password) => hashed(password),
  verify: async (hash, password) => hash.replace(/^old:/, 'new:') === hashed(password),
  isOutdated: (hash) => hash.startsWith('old:'),
  isAcceptable: () => true,
}

/** The domain's verbs on these ports, and the mail worker; `change` may leave something out. */
export function wire(
  { users, sessions: sessionRecords, tokens: tokenRecords, mails: mailRecords }: Ports,
  emailVerification: 'optional' | 'required',
  change: (sessions: Sessions) => Sessions = (sessions) => sessions,
) {
  const credentials = createCredentials(hasher, hashed('nobody has this password'))
  const sessions = change(createSessions({ users, sessions: sessionRecords, lifetimes: LIFETIMES, clock }))
  const tokens = createTokens({ tokenRecords, users, clock })
  const mails = createMailQueue(mailRecords, clock, () => {})
  const rules = { emailVerification, passwordMinLength: 15 }
  const records = { users, sessionRecords, tokenRecords, mailRecords }
  return {
    ...createVerbs({ ...records, sessions, mails, credentials, hasher, clock, tokens, rules }),
    /** Sends the one mail that waits; false where that has to be tried again. */
    async sendMail(): Promise<boolean> {
      let sent = true
      const outbox = createOutbox({
        ...{ mails: mailRecords, users, tokens, clock, mailer: { send: async () => {} }, report: () => {} },
        onError: () => {
          sent = false
        },
      })
      outbox.wake()
      await outbox.stop()
      return sent
    },
  }
}

export type Wired = ReturnType<typeof wire>

/** What a response does to its browser's cookie: nothing, or a new value, or none any more. */
export type CookieChange = { readonly set: string | null } | null

/** A request's session slot on these ports, with the steps of src/http/session.ts: the arrival reads, `open` inserts. */
export async function createSlot(
  { sessions }: Pick<Ports, 'sessions'>,
  cookie: string | null,
  newId: string,
): Promise<SessionSlot & { cookieChange(): CookieChange }> {
  const found = cookie === null ? null : await sessions.byId(cookie)
  const arrival = found === 'unreadable' ? null : found
  let holds: 'arrival' | 'opened' | 'nothing' = 'arrival'
  let opened: SessionRecord | null = null
  let closed = false
  const leave = () => {
    holds = 'nothing'
  }
  return {
    async read() {
      if (holds === 'nothing') return null
      if (holds === 'arrival') return arrival
      const record = opened && (await sessions.byId(opened.id))
      return record === 'unreadable' ? null : record
    },
    requireSecure() {},
    async open({ session }) {
      const record = { ...session, id: newId, ended: null }
      await sessions.insert(record, {})
      holds = 'opened'
      opened = record
      return record
    },
    async discard() {
      leave()
      if (opened) await sessions.removeById(opened.id).catch(() => {})
    },
    leave,
    close() {
      leave()
      closed = cookie !== null
    },
    cookieChange: () => (holds === 'opened' ? { set: newId } : closed ? { set: null } : null),
  }
}
