import type { User } from '../../model.ts'
import { cleanUp } from '../commit.ts'
import type { Deps } from '../deps.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'

const isTold = ({ breachToldAt, passwordChangedAt }: User): boolean =>
  breachToldAt !== null && breachToldAt >= (passwordChangedAt ?? breachToldAt)

/** Tells the owner of a password that was found in a breach, once a password. A login does not wait for it. */
export async function noticeBreach(deps: Deps, auth: RequestAuth, user: User, password: string): Promise<void> {
  if (isTold(user) || !(await deps.isBreached(password, auth.report))) return
  const { id, generation } = user
  const breachToldAt = deps.clock.now()
  auth.report({ event: 'password.breached', userId: id })
  await cleanUp(auth, async (db) => {
    const mail = await deps.mails.enqueueHeld({ db }, { kind: 'passwordBreached', userId: id, at: breachToldAt })
    if (await db.users.update({ id, generation }, { breachToldAt })) await deps.mails.release({ db }, mail)
    else await deps.mails.cancel({ db }, mail)
  })
}
