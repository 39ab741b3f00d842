import type { TokenDocument } from '../../mongo/tokens.ts'
import { cleanUp, commitOrConfirm } from '../commit.ts'
import type { Deps } from '../deps.ts'
import {
  type EmailTaken,
  type InvalidInput,
  type InvalidToken,
  invalidInput,
  type MailRequested,
  type VerifyEmailSuccess,
} from '../outcomes.ts'
import { assertStillActive } from '../sessions/authentication.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { isInvalidField, readEmailField } from './fields.ts'
import { refuseToken } from './refused-token.ts'

/** Sends a mail to the new address. The result is the same when the address is taken. */
export async function changeEmail(deps: Deps, auth: RequestAuth, text: string): Promise<MailRequested | InvalidInput> {
  const viewer = auth.requireViewer()
  const { user } = viewer
  const address = readEmailField('email', text)
  if (isInvalidField(address)) return invalidInput([address])
  if (address.emailCanonical === user.emailCanonical && address.email === user.email) {
    return invalidInput([{ name: 'email', reason: 'UNCHANGED', message: 'This is already your email address.' }])
  }
  await assertStillActive(deps, auth, viewer)
  await deps.mails.enqueue(auth, { kind: 'changeEmail', userId: user.id, generation: user.generation, ...address })
  auth.report({ event: 'email.change-requested', userId: user.id })
  return { kind: 'MailRequested', email: address.email }
}

/** Changes the address to the one whose owner has followed the link. */
export async function confirmEmailChange(
  deps: Deps,
  auth: RequestAuth,
  token: TokenDocument,
): Promise<VerifyEmailSuccess | InvalidToken | EmailTaken> {
  const before = await auth.db.users.findById(token.userId)
  if (before?.tokens.changeEmail !== token._id) return refuseToken(auth)
  const changedAt = deps.clock.now()
  const { email, emailCanonical } = token
  const notice = { kind: 'emailChanged', userId: before.id, changedAt, oldEmail: before.email } as const
  const mail = await deps.mails.enqueueHeld(auth, notice)
  const news = deps.features.hears('userEmailChanged')
    ? await deps.mails.enqueueHeld(auth, { kind: 'userEmailChanged', userId: before.id, changedAt })
    : null
  const change = { email, emailCanonical, emailVerified: true, emailChangedAt: changedAt }
  const user = await commitOrConfirm(
    auth,
    () => auth.db.users.spendToken(before.id, 'changeEmail', token._id, change),
    async (db) => {
      const found = await db.users.findById(before.id)
      const isDone = found?.emailCanonical === emailCanonical && found.emailChangedAt?.getTime() === changedAt.getTime()
      return isDone && before
    },
  )
  if (!user || user === 'duplicate') {
    await deps.mails.cancel(auth, mail)
    await deps.mails.settle(auth, news, false)
    if (!user) return refuseToken(auth)
    await auth.db.users.unsetToken(before.id, 'changeEmail', token._id)
    return { kind: 'EmailTaken' }
  }
  await deps.mails.release(auth, mail)
  await deps.mails.settle(auth, news, true)
  await cleanUp(auth, (db) => db.tokens.delete(token._id))
  auth.report({ event: 'email.changed', userId: user.id })
  return { kind: 'VerifyEmailSuccess', email }
}
