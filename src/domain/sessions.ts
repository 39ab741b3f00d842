import { randomBytes, randomUUID } from 'node:crypto'
import type { Clock, Device, SessionRecord, User, Viewer } from '../model.ts'
import type { SessionRecords } from '../mongo/sessions.ts'
import type { UserGuard, Users } from '../mongo/users.ts'
import { SECONDS } from '../units.ts'
import type { Report } from './events.ts'
import { absoluteEnd, expiryOf, type Lifetimes, lifetimeOf, touchInterval } from './lifetimes.ts'
import { type SessionView, Unauthenticated } from './outcomes.ts'
import { scopesOf } from './roles.ts'

/** The session that a sign-in or a renewal asks for. */
export interface Grant {
  readonly session: Omit<SessionRecord, 'id' | 'ended'>
  /** When a remembered cookie expires; null: with the browser. */
  readonly cookieExpires: Date | null
}

/** The place of a request's session: its cookie, and the document that the cookie names. */
export interface SessionSlot {
  /** The session that the cookie names now, or null. */
  read(): Promise<SessionRecord | null>
  /** @throws InsecureRequest where a cookie could not be kept */
  requireSecure(): void
  /** Keeps a new session beside the one there is, and sets its cookie if the request ends well. */
  open(grant: Grant): Promise<SessionRecord>
  /** Takes back what `open` has made. */
  discard(): Promise<void>
  /** Leaves the rest of the request without a session; the cookie stays as it is. */
  leave(): void
  /** Clears the cookie, if the request carried one. */
  close(): void
}

/** Who is asking: one request's view of the law. */
export interface Asker {
  readonly slot: SessionSlot
  readonly device: Device
  readonly report: Report
  /** Who is asking, remembered for the request until a session begins or ends in it. */
  identify(): Promise<Viewer | null>
  /** What `identify` has found, if it has been asked. */
  readonly identified: Viewer | null | undefined
  forget(): void
}

const MOST_SESSIONS = 50

/** A new generation: 96 bits that nobody can guess or repeat. */
export const newGeneration = (): string => randomBytes(12).toString('hex')

/** A new public handle. */
export const newHandle = (): string => randomUUID()

interface Parts {
  users: Pick<Users, 'byId'>
  sessions: SessionRecords
  lifetimes: Lifetimes
  clock: Clock
}

/** The law of sessions: who is asking, how a session begins, what is alive. */
export function createSessions({ users, sessions, lifetimes, clock }: Parts) {
  /** The viewer that a session makes of its user, or null where it is dead. */
  function judge(session: SessionRecord, user: User | null): Viewer | null {
    if (session.ended || !user || user.disabledAt || user.generation !== session.generation) return null
    const expiresAt = expiryOf(lifetimeOf(lifetimes, user, session), session)
    return clock.now() < expiresAt ? { user, session, scopes: scopesOf(user.roles), expiresAt } : null
  }

  /** Moves `lastSeen`, at most once an interval. A failure costs nobody their answer: the session was just read. */
  async function touch(viewer: Viewer): Promise<Viewer> {
    const { user, session } = viewer
    const lifetime = lifetimeOf(lifetimes, user, session)
    const lastSeen = clock.now()
    if (lastSeen.getTime() - session.lastSeen.getTime() < touchInterval(lifetime)) return viewer
    const expires = expiryOf(lifetime, { ...session, lastSeen })
    try {
      await sessions.touch(session, { lastSeen, expires })
    } catch {
      return viewer
    }
    return { ...viewer, session: { ...session, lastSeen, expires }, expiresAt: expires }
  }

  async function identify(slot: SessionSlot): Promise<Viewer | null> {
    const session = await slot.read()
    if (!session) return null
    const viewer = judge(session, await users.byId(session.userId))
    if (viewer) return touch(viewer)
    slot.leave()
    return null
  }

  /** The live sessions of a user, one a handle, the most recently seen first. */
  async function liveOf(user: User): Promise<Viewer[]> {
    const seen = new Set<string>()
    return (await sessions.ofUser(user.id, user.generation))
      .map((session) => judge(session, user))
      .filter((viewer) => viewer !== null)
      .filter(({ session: { handle } }) => !seen.has(handle) && seen.add(handle))
      .slice(0, MOST_SESSIONS)
  }

  /** The grant of a new session, or with `previous` of a new cookie value for the same one. */
  function grant(user: User, of: { generation: string; device: Device } & Beginnings): Grant {
    const now = clock.now()
    const { remembered, createdAt = now, authenticatedAt = now, handle = newHandle() } = of
    const begun = {
      userId: user.id,
      generation: of.generation,
      device: of.device,
      remembered,
      createdAt,
      authenticatedAt,
      handle,
    }
    const lifetime = lifetimeOf(lifetimes, user, begun)
    const expires = expiryOf(lifetime, { ...begun, lastSeen: now })
    const cookieExpires = remembered ? absoluteEnd(lifetime, begun) : null
    return { session: { ...begun, lastSeen: now, expires }, cookieExpires }
  }

  return {
    liveOf,
    grant,

    /** One request's view of who is asking. */
    asker(slot: SessionSlot, readDevice: () => Device, report: Report): Asker {
      let asked: Promise<Viewer | null> | null = null
      let identified: Viewer | null | undefined
      let era = 0
      async function ask(): Promise<Viewer | null> {
        const askedIn = era
        const viewer = await identify(slot)
        if (era === askedIn) identified = viewer
        return viewer
      }
      return {
        slot,
        report,
        get device() {
          return readDevice()
        },
        get identified() {
          return identified
        },
        identify() {
          asked ??= ask()
          return asked
        },
        forget() {
          era += 1
          asked = null
          identified = undefined
        },
      }
    },

    /** How a live session looks to its own asker. */
    view(user: User, session: SessionRecord, current: boolean): SessionView {
      return { user, session, current, expiresAt: expiryOf(lifetimeOf(lifetimes, user, session), session) }
    },

    /** The user's live sessions, the most recently seen first. */
    async list(viewer: Viewer): Promise<SessionView[]> {
      const live = await liveOf(viewer.user)
      return live.map(({ session, user, expiresAt }) => {
        const current = session.handle === viewer.session.handle
        return { session, user, expiresAt, current }
      })
    },

    /**
     * The second look, just before a commit on behalf of a session: is it still there, and no tombstone?
     * @throws Unauthenticated where it is not
     */
    async lookAgain({ session }: Viewer): Promise<void> {
      const again = await sessions.byId(session.id)
      if (!again || again === 'unreadable' || again.ended) throw new Unauthenticated()
    },

    /**
     * Opens a session beside the asker's own and runs the one write that brings it to life. Where that is refused (false)
     * or fails, the new session is taken back, and the rest of the request has none.
     */
    async open(asker: Asker, grant: Grant, commit: () => Promise<boolean>): Promise<SessionRecord | null> {
      asker.forget()
      const session = await asker.slot.open(grant)
      let done = false
      try {
        done = await commit()
      } finally {
        if (!done) {
          asker.forget()
          await asker.slot.discard()
        }
      }
      return done ? session : null
    },

    /** Ends the session that the asker came with, when another one has taken its place. */
    async endPrevious(previous: SessionRecord | null): Promise<void> {
      if (previous) await sessions.removeByHandle(previous.userId, previous.handle)
    },

    /** Keeps at most 50 sessions of a user: the least recently seen go, never this one. */
    trim: (session: SessionRecord) => sessions.trim(session, MOST_SESSIONS, clock.now()),

    /** Clears the asker's cookie: nobody is asking any more. */
    end(asker: Asker): void {
      asker.forget()
      asker.slot.close()
    },
  }
}

/** What a renewal keeps of a session. */
export interface Beginnings {
  remembered: boolean
  handle?: string
  createdAt?: Date
  authenticatedAt?: Date
}

export type Sessions = ReturnType<typeof createSessions>

/** What a write on behalf of a viewer asks of their user. */
export const guardOf = ({ user }: Viewer): UserGuard => ({ id: user.id, generation: user.generation })

/** Has the user proved who they are within `maxAge` seconds (OpenID Connect's max_age)? */
export const isFresh = ({ session }: Viewer, maxAge: number, now: Date): boolean =>
  now.getTime() - session.authenticatedAt.getTime() <= maxAge * SECONDS
