import type { User } from '../../model.ts'
import { cleanUp } from '../commit.ts'
import type { Deps } from '../deps.ts'
import { getDeviceName } from '../sessions/devices.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'

export async function addFirstDevice(auth: RequestAuth, user: User): Promise<void> {
  const device = auth.deviceCookie.keep()
  await cleanUp(auth, (db) => db.users.addDevice(user.id, device))
}

/** Keeps the device and reports a new one by mail. At most three a day: nobody can displace the user's own or flood the mailbox. */
export async function rememberDevice(deps: Deps, auth: RequestAuth, user: User): Promise<void> {
  const device = auth.deviceCookie.keep()
  await cleanUp(auth, async (db) => {
    const isKnown = await db.users.removeDevice(user.id, device)
    if (!isKnown && !(await deps.limiter.tryToAddDevice(auth, user.id))) return
    await db.users.addDevice(user.id, device)
    if (isKnown || !deps.settings.loginAlerts) return
    const deviceName = getDeviceName(auth.device)
    await deps.mails.enqueue({ db }, { kind: 'newDevice', userId: user.id, at: deps.clock.now(), deviceName })
  })
}
