// The last ADMIN keeps the role, though the database fails between the step that takes it and the one that gives it back.
import { expect, test } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import { deleteAccount, disableUser, setUserRoles } from '../testkit/client.ts'
import { startOwnProxiedService, startOwnService } from '../testkit/fixtures.ts'
import { holdAt } from '../testkit/mongo/holds.ts'
import { createUser, type User } from '../testkit/users.ts'
import { waitUntil } from '../testkit/wait.ts'

const WAYS: Record<string, (browser: Browser, own: User, other: User) => Promise<{ code: string | undefined }>> = {
  'demotes themself': (browser, own) => setUserRoles(browser, { id: own.id, roles: [] }),
  'deletes themself': (browser) => deleteAccount(browser),
  'disables another': (browser, _own, other) => disableUser(browser, { id: other.id }),
}

test.each(Object.entries(WAYS))(
  'when an ADMIN %s, the others are gone meanwhile, and nothing more can be read or written, the next start gives the role back',
  async (_way, act) => {
    const service = await startOwnProxiedService()
    const ada = await createUser(service, { roles: ['ADMIN'] })
    const bea = await createUser(service, { roles: ['ADMIN'] })
    const users = service.db.collection('users')
    const held = await holdAt(
      service.proxy,
      {
        command: 'update',
        collection: 'users',
        where: ({ updates }) => updates[0].u.$set?.pendingDemotion !== undefined,
      },
      () => act(ada.browser, ada, bea),
    )
    const demotesBea = JSON.stringify((await held.reached).document.updates[0].q).includes(bea.id)
    const rest = demotesBea ? ada : bea
    await users.updateOne({ emailCanonical: rest.email }, { $set: { roles: [] } })
    const faults = ['find', 'update', 'findAndModify', 'delete'].map((command) =>
      service.proxy.fail({ command, collection: 'users', code: 14_031, times: 99 }),
    )
    held.release()
    expect(await held.answer).toMatchObject({ code: 'UNAVAILABLE' })
    for (const fault of faults) fault.lift()
    expect(await users.countDocuments({ roles: 'ADMIN', disabledAt: null })).toBe(0)

    await startOwnService({ databaseUri: service.directUri })
    await waitUntil(async () => expect(await users.countDocuments({ roles: 'ADMIN', disabledAt: null })).toBe(1))
    expect(await users.countDocuments()).toBe(2)
  },
)
