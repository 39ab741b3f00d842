import type { Clock, Viewer } from '../model.ts'
import type { SessionRecords } from '../mongo/sessions.ts'
import type { Users } from '../mongo/users.ts'
import { clearUp, settle } from './commit.ts'
import { type NotFound, type SessionsRevoked, sessionsRevoked, Unauthenticated } from './outcomes.ts'
import type { Renewal } from './renewal.ts'
import { type Asker, guardOf, newGeneration, type Sessions } from './sessions.ts'

interface Parts {
  users: Users
  sessionRecords: SessionRecords
  sessions: Sessions
  renewal: Renewal
  clock: Clock
}

/** Ending one's own sessions. */
export function createRevocation({ users, sessionRecords, sessions, renewal, clock }: Parts) {
  const ending = (generation: string) => ({ generation, ended: { at: clock.now(), reason: 'REVOKED' as const } })

  const done = (viewer: Viewer, asker: Asker, ids: readonly string[]): SessionsRevoked => {
    asker.report({ event: 'sessions.revoked', userId: viewer.user.id, by: viewer.user.id, count: ids.length })
    return sessionsRevoked(ids)
  }

  const handlesOf = async ({ user }: Viewer): Promise<string[]> =>
    (await sessions.liveOf(user)).map(({ session }) => session.handle)

  return {
    /** Ends one of the user's own live sessions, by its handle; the current one too. */
    async revoke(handle: string, viewer: Viewer, asker: Asker): Promise<SessionsRevoked | NotFound> {
      const live = await handlesOf(viewer)
      await sessions.lookAgain(viewer)
      if (!live.includes(handle)) return { kind: 'NotFound' }
      if ((await sessionRecords.removeByHandle(viewer.user.id, handle)) === 0) return { kind: 'NotFound' }
      if (handle === viewer.session.handle) sessions.end(asker)
      return done(viewer, asker, [handle])
    },

    /** Ends all but the current session, which gets a new cookie value. */
    async revokeOthers(viewer: Viewer, asker: Asker): Promise<SessionsRevoked> {
      asker.slot.requireSecure()
      const others = (await handlesOf(viewer)).filter((handle) => handle !== viewer.session.handle)
      const generation = newGeneration()
      const commit = () => users.change(guardOf(viewer), ending(generation))
      await renewal.renewAlone(viewer, asker, { generation }, commit)
      return done(viewer, asker, others)
    },

    /** Ends all of the user's sessions, the current one too, in one write. */
    async revokeAll(viewer: Viewer, asker: Asker): Promise<SessionsRevoked> {
      const { user } = viewer
      const live = await handlesOf(viewer)
      const generation = newGeneration()
      const committed = await settle(
        () => users.change(guardOf(viewer), ending(generation)),
        () => users.byId(user.id),
        (found) => found?.generation === generation,
      )
      if (!committed) throw new Unauthenticated()
      await clearUp(() => sessionRecords.removeGeneration(user.id, user.generation))
      sessions.end(asker)
      return done(viewer, asker, live)
    },
  }
}

export type Revocation = ReturnType<typeof createRevocation>
