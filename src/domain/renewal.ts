import type { Clock, SessionRecord, Viewer } from '../model.ts'
import type { SessionRecords } from '../mongo/sessions.ts'
import type { Users } from '../mongo/users.ts'
import { SECONDS } from '../units.ts'
import { clearUp, settle } from './commit.ts'
import { Unauthenticated } from './outcomes.ts'
import type { Asker, Beginnings, Sessions } from './sessions.ts'

/** How long a tombstone stays: longer than any request that still holds the old cookie. */
const TOMBSTONE = 60 * SECONDS

interface Parts {
  users: Pick<Users, 'byId'>
  sessionRecords: SessionRecords
  sessions: Sessions
  clock: Clock
}

/** New cookie values for sessions that go on; the old value becomes a tombstone. */
export function createRenewal({ users, sessionRecords, sessions, clock }: Parts) {
  const tombstone = () => ({ ended: clock.now(), expires: new Date(clock.now().getTime() + TOMBSTONE) })

  const grantOf = ({ user, session }: Viewer, asker: Asker, generation: string, changed: Partial<Beginnings>) => {
    const { handle, createdAt, authenticatedAt, remembered } = session
    const begun = { handle, createdAt, authenticatedAt, remembered, ...changed }
    return sessions.grant(user, { ...begun, generation, device: asker.device })
  }

  return {
    /**
     * Renews one session of a generation that stays. The tombstone is the commit.
     * @throws Unauthenticated where the session has ended in the meantime
     */
    async renew(viewer: Viewer, asker: Asker, changed: { authenticatedAt: Date }): Promise<SessionRecord> {
      const { generation } = viewer.user
      const old = viewer.session.id
      const tomb = tombstone()
      const session = await sessions.open(asker, grantOf(viewer, asker, generation, changed), () =>
        settle(
          () => sessionRecords.entomb(old, generation, tomb),
          () => sessionRecords.byId(old),
          (found) => found !== 'unreadable' && found?.ended?.getTime() === tomb.ended.getTime(),
        ),
      )
      if (!session) throw new Unauthenticated()
      return session
    },

    /**
     * Renews one session and ends all others: the new one carries the generation that `commit` gives the user, and is dead
     * until then. The second look comes just before it: a session that ended in the meantime ends nobody else's.
     * @throws Unauthenticated where the session or its generation has ended in the meantime
     */
    async renewAlone(
      viewer: Viewer,
      asker: Asker,
      { generation, ...changed }: { generation: string; authenticatedAt?: Date },
      commit: () => Promise<boolean>,
    ): Promise<SessionRecord> {
      const { user, session: old } = viewer
      const session = await sessions.open(asker, grantOf(viewer, asker, generation, changed), async () => {
        await sessions.lookAgain(viewer)
        return settle(
          commit,
          () => users.byId(user.id),
          (found) => found?.generation === generation,
        )
      })
      if (!session) throw new Unauthenticated()
      await clearUp(
        () => sessionRecords.entomb(old.id, user.generation, tombstone()),
        () => sessionRecords.removeGeneration(user.id, user.generation, old.id),
      )
      return session
    },
  }
}

export type Renewal = ReturnType<typeof createRenewal>
