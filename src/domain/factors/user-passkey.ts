import type { User } from '../../model.ts'
import type { StoredPasskey } from '../../mongo/factor-document.ts'
import { cleanUp } from '../commit.ts'
import type { Deps } from '../deps.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { checkPasskey, type PasskeyCheck, type PasskeyRules, type ReadAnswer } from './passkey-check.ts'

/** Tells the owner of a passkey whose counter went back: somebody may have copied it. */
async function reportCheck(
  deps: Deps,
  auth: RequestAuth,
  userId: string,
  passkey: StoredPasskey,
  check: PasskeyCheck,
): Promise<void> {
  if (check.kind !== 'counterWentBack') return
  auth.report({ event: 'factor.counter-went-back', userId })
  const job = { kind: 'passkeyCopied', userId, at: deps.clock.now(), name: passkey.name } as const
  await cleanUp(auth, (db) => deps.mails.enqueue({ db }, job))
}

/** Checks an answer with a passkey of the user. Null if the user has no such passkey. */
export async function checkUserPasskey(
  deps: Deps,
  auth: RequestAuth,
  user: User,
  answer: ReadAnswer,
  rules: Omit<PasskeyRules, 'userHandle'>,
): Promise<PasskeyCheck | null> {
  const { passkeys = [], webauthnUserId } = await auth.db.factors.find(user.id)
  const passkey = passkeys.find(({ credentialId }) => credentialId === answer.credentialId)
  if (!passkey) return null
  const check = await checkPasskey(deps, answer, passkey, { ...rules, userHandle: webauthnUserId })
  await reportCheck(deps, auth, user.id, passkey, check)
  return check
}
