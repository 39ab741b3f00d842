import { AppError } from '../../errors.ts'
import type { Viewer } from '../../model.ts'
import type { PendingTotp } from '../../mongo/factor-document.ts'
import { MINUTES } from '../../units.ts'
import type { Deps } from '../deps.ts'
import type { EmailNotVerified, InvalidFactor, InvalidToken, NotFound, Outcome } from '../outcomes.ts'
import { assertStillActive } from '../sessions/authentication.ts'
import { toVersion } from '../sessions/new-session.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { commitFactors, planAddition, planRemoval, readState } from './change-factors.ts'
import { type Factors, readFactors } from './factors.ts'
import { buildTotpUri, createTotpSecret, findStep, readTotpCode } from './totp.ts'

const PENDING_MS = 10 * MINUTES

export type TotpSetup = Outcome<'TotpSetup', { secret: string; uri: string }>
export type ConfirmTotpSuccess = Outcome<
  'ConfirmTotpSuccess',
  { factors: Factors; recoveryCodes: readonly string[] | null }
>

/** Creates a secret that `confirmTotp` turns into a factor, in the same session. It replaces one that waits. */
export async function startTotp(deps: Deps, auth: RequestAuth): Promise<TotpSetup | EmailNotVerified> {
  const viewer = auth.requireViewer()
  const { user, session } = viewer
  if (!user.emailVerified) return { kind: 'EmailNotVerified' }
  const secret = createTotpSecret()
  const pending: PendingTotp = {
    secret: deps.encryption.encrypt(secret, { purpose: 'totp', userId: user.id }).secret,
    handle: session.handle,
    expires: new Date(deps.clock.now().getTime() + PENDING_MS),
  }
  await assertStillActive(deps, auth, viewer)
  if (!(await auth.db.factors.setPendingTotp(toVersion(viewer), pending))) throw new AppError('UNAUTHENTICATED')
  return { kind: 'TotpSetup', secret, uri: buildTotpUri(secret, deps.settings.serviceName, user.email) }
}

const isPending = (pending: PendingTotp | undefined, { session }: Viewer, now: Date): pending is PendingTotp =>
  pending !== undefined && pending.handle === session.handle && now < pending.expires

/** Makes the pending secret the user's authenticator app, in place of one that there is. */
export async function confirmTotp(
  deps: Deps,
  auth: RequestAuth,
  text: string,
): Promise<ConfirmTotpSuccess | InvalidFactor | InvalidToken> {
  auth.cookie.requireSecure()
  const viewer = auth.requireViewer()
  const { user } = viewer
  const before = await auth.db.factors.find(user.id)
  const pending = before.totpPending
  if (!isPending(pending, viewer, deps.clock.now())) return { kind: 'InvalidToken' }
  const binding = { purpose: 'totp', userId: user.id } as const
  const code = readTotpCode(text)
  const secret = deps.encryption.decrypt(pending.secret, binding)
  const step = code === null ? null : findStep(secret, code, deps.clock.now())
  if (step === null) {
    auth.report({ event: 'factor.refused', userId: user.id })
    return { kind: 'InvalidFactor' }
  }
  const state = readState(before)
  const planned = planAddition(deps, state)
  const [keyId = ''] = pending.secret.split('.')
  const totp = { secret: pending.secret, keyId, lastStep: step, since: planned.change.factorsChangedAt }
  const change = before.totp ? 'totpReplaced' : 'totpAdded'
  await commitFactors(deps, auth, viewer, planned, { change }, () =>
    auth.db.factors.confirmTotp(toVersion(viewer), state, pending, totp, planned.change),
  )
  auth.report({ event: 'factor.added', userId: user.id, factor: 'TOTP' })
  return { kind: 'ConfirmTotpSuccess', factors: await readFactors(deps, auth), recoveryCodes: planned.recoveryCodes }
}

/** Removes the user's authenticator app, and ends their other sessions. */
export async function removeTotp(deps: Deps, auth: RequestAuth): Promise<Outcome<'Factors', Factors> | NotFound> {
  auth.cookie.requireSecure()
  const viewer = auth.requireViewer()
  const before = await auth.db.factors.find(viewer.user.id)
  if (!before.totp) return { kind: 'NotFound' }
  const state = readState(before)
  const planned = planRemoval(deps, viewer, { ...state, totpSince: null })
  await commitFactors(deps, auth, viewer, planned, { change: 'totpRemoved' }, () =>
    auth.db.factors.removeTotp(toVersion(viewer), state, planned.change),
  )
  auth.report({ event: 'factor.removed', userId: viewer.user.id, factor: 'TOTP' })
  return { kind: 'Factors', ...(await readFactors(deps, auth)) }
}
