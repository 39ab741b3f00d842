import { randomBytes } from 'node:crypto'
import type { StoredPasskey } from '../../mongo/factor-document.ts'
import type { Deps } from '../deps.ts'
import type { NoSecondFactor, Outcome } from '../outcomes.ts'
import { toVersion } from '../sessions/new-session.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { commitFactors, planReplacement, readState } from './change-factors.ts'

/** WebAuthn allows up to 64 bytes, and asks that they tell nothing about the user. */
const USER_HANDLE_BYTES = 32

/** A passkey as its owner sees it. */
export type Passkey = Omit<StoredPasskey, 'publicKey' | 'counter' | 'transports' | 'rpId' | 'backupEligible'>

/** A user's second factors as the user sees them. */
export interface Factors {
  readonly passkeys: readonly Passkey[]
  readonly totpSince: Date | null
  readonly recoveryCodesLeft: number
  readonly rpId: string
  readonly userHandle: string
}

export type RecoveryCodes = Outcome<'RecoveryCodes', { codes: readonly string[] }>

/** Creates WebAuthn's user handle. */
export const createUserHandle = (): string => randomBytes(USER_HANDLE_BYTES).toString('base64url')

export const toPasskey = ({ id, credentialId, name, synced, loginCapable, createdAt, lastUsedAt }: StoredPasskey) => ({
  ...{ id, credentialId, name, synced, loginCapable, createdAt, lastUsedAt },
})

/** Returns the user's handle; a user of the version before gets one now. */
export async function ensureUserHandle({ db }: RequestAuth, userId: string, known?: string): Promise<string> {
  if (known) return known
  await db.factors.setUserHandle(userId, createUserHandle())
  return (await db.factors.find(userId)).webauthnUserId ?? ''
}

/** Returns the viewer's second factors. */
export async function readFactors({ settings }: Deps, auth: RequestAuth): Promise<Factors> {
  const { user } = auth.requireViewer()
  const { passkeys = [], totp, recoveryCodes = [], webauthnUserId } = await auth.db.factors.find(user.id)
  return {
    passkeys: passkeys.map(toPasskey),
    totpSince: totp?.since ?? null,
    recoveryCodesLeft: recoveryCodes.length,
    rpId: settings.rpId,
    userHandle: await ensureUserHandle(auth, user.id, webauthnUserId),
  }
}

/** Creates ten new recovery codes; the old ones are void. */
export async function replaceRecoveryCodes(deps: Deps, auth: RequestAuth): Promise<RecoveryCodes | NoSecondFactor> {
  auth.cookie.requireSecure()
  const viewer = auth.requireViewer()
  if (!viewer.user.secondFactor) return { kind: 'NoSecondFactor' }
  const state = readState(await auth.db.factors.find(viewer.user.id))
  const planned = planReplacement(deps, viewer)
  await commitFactors(deps, auth, viewer, planned, { change: 'recoveryCodesReplaced' }, () =>
    auth.db.factors.replaceRecoveryCodes(toVersion(viewer), state, planned.change),
  )
  auth.report({ event: 'factor.added', userId: viewer.user.id, factor: 'RECOVERY_CODE' })
  return { kind: 'RecoveryCodes', codes: planned.recoveryCodes ?? [] }
}
