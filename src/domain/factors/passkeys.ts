import { randomUUID } from 'node:crypto'
import { verifyRegistrationResponse } from '@simplewebauthn/server'
import { decodeAttestationObject } from '@simplewebauthn/server/helpers'
import type { Viewer } from '../../model.ts'
import type { StoredPasskey } from '../../mongo/factor-document.ts'
import { isInvalidField, readName } from '../account/fields.ts'
import { refuseToken } from '../account/refused-token.ts'
import type { Deps } from '../deps.ts'
import {
  type EmailNotVerified,
  type InvalidFactor,
  type InvalidInput,
  type InvalidToken,
  invalidInput,
  type NotFound,
  type Outcome,
} from '../outcomes.ts'
import { assertStillActive } from '../sessions/authentication.ts'
import { getDeviceName } from '../sessions/devices.ts'
import { toVersion } from '../sessions/new-session.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { commitFactors, planAddition, planRemoval, readState } from './change-factors.ts'
import { ensureUserHandle, type Factors, type Passkey, readFactors, toPasskey } from './factors.ts'
import { readChallenge, spendChallenge } from './passkey-challenge.ts'
import { readClientData } from './passkey-check.ts'
import { ALGORITHMS, buildRegistrationOptions, forSession, type PasskeyChallenge } from './passkey-options.ts'

const MAX_PASSKEYS = 20

export type TooManyPasskeys = Outcome<'TooManyPasskeys'>
export type AddPasskeySuccess = Outcome<
  'AddPasskeySuccess',
  { passkey: Passkey; factors: Factors; recoveryCodes: readonly string[] | null }
>

export interface AddPasskeyInput {
  readonly passkey: unknown
  readonly name?: string | null
}

/** Gives the browser what it needs to make a passkey for this session's user. */
export async function startPasskeyRegistration(
  deps: Deps,
  auth: RequestAuth,
): Promise<PasskeyChallenge | EmailNotVerified | TooManyPasskeys> {
  const viewer = auth.requireViewer()
  const { user } = viewer
  if (!user.emailVerified) return { kind: 'EmailNotVerified' }
  const factors = await auth.db.factors.find(user.id)
  if ((factors.passkeys?.length ?? 0) >= MAX_PASSKEYS) return { kind: 'TooManyPasskeys' }
  const userHandle = await ensureUserHandle(auth, user.id, factors.webauthnUserId)
  return buildRegistrationOptions(deps, viewer, factors, userHandle)
}

type RegistrationResponse = Parameters<typeof verifyRegistrationResponse>[0]['response']

/** Tells whether an attestation has no statement. Every other format would be parsed further, with all its certificates. */
function hasNoStatement(attestationObject: unknown): boolean {
  if (typeof attestationObject !== 'string') return false
  return decodeAttestationObject(Uint8Array.from(Buffer.from(attestationObject, 'base64url'))).get('fmt') === 'none'
}

/** Verifies a new passkey. Returns null if anything is wrong with it. */
async function verifyNewPasskey(
  { settings, clock }: Deps,
  passkey: unknown,
  name: string,
): Promise<StoredPasskey | null> {
  const response = passkey as RegistrationResponse
  try {
    const data = readClientData(response.response.clientDataJSON)
    if (!data || !hasNoStatement(response.response.attestationObject)) return null
    const { registrationInfo } = await verifyRegistrationResponse({
      response,
      expectedChallenge: data.challenge,
      expectedOrigin: [...settings.origins],
      expectedRPID: settings.rpId,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    })
    if (!registrationInfo) return null
    const { credential, credentialDeviceType, credentialBackedUp, userVerified } = registrationInfo
    return {
      ...{ id: randomUUID(), name, rpId: settings.rpId, credentialId: credential.id, counter: credential.counter },
      publicKey: Buffer.from(credential.publicKey).toString('base64url'),
      transports: (credential.transports ?? []).filter((transport) => typeof transport === 'string').slice(0, 8),
      ...{ backupEligible: credentialDeviceType === 'multiDevice', synced: credentialBackedUp },
      ...{ loginCapable: userVerified, createdAt: clock.now(), lastUsedAt: null },
    }
  } catch {
    return null
  }
}

function refuse(auth: RequestAuth, { user }: Viewer): InvalidFactor {
  auth.report({ event: 'factor.refused', userId: user.id })
  return { kind: 'InvalidFactor' }
}

/** Finds the signed challenge of a new passkey's answer; null if it was not made for this session, or has expired. */
function readRegistrationChallenge(deps: Deps, viewer: Viewer, passkey: unknown) {
  const { response } = (passkey ?? {}) as { response?: { clientDataJSON?: unknown } | null }
  const data = readClientData(response?.clientDataJSON)
  return data && { challenge: readChallenge(deps, data.challenge, forSession('registration', viewer)) }
}

/** Adds a passkey. The user's first factor ends their other sessions and brings recovery codes. */
export async function addPasskey(
  deps: Deps,
  auth: RequestAuth,
  { passkey, name }: AddPasskeyInput,
): Promise<AddPasskeySuccess | InvalidFactor | InvalidToken | InvalidInput | EmailNotVerified | TooManyPasskeys> {
  auth.cookie.requireSecure()
  const viewer = auth.requireViewer()
  const { user } = viewer
  const given = readName('name', name ?? null)
  if (isInvalidField(given)) return invalidInput([given])
  if (!user.emailVerified) return { kind: 'EmailNotVerified' }
  const read = readRegistrationChallenge(deps, viewer, passkey)
  if (!read) return refuse(auth, viewer)
  if (!read.challenge) return refuseToken(auth)
  const added = await verifyNewPasskey(deps, passkey, given ?? getDeviceName(auth.device))
  if (!added || (await auth.db.factors.findOwner(added.credentialId))) return refuse(auth, viewer)
  const state = readState(await auth.db.factors.find(user.id))
  if (state.passkeys >= MAX_PASSKEYS) return { kind: 'TooManyPasskeys' }
  if (!(await spendChallenge(auth, read.challenge))) return refuseToken(auth)
  const planned = planAddition(deps, state)
  await commitFactors(deps, auth, viewer, planned, { change: 'passkeyAdded', name: added.name }, () =>
    auth.db.factors.addPasskey(toVersion(viewer), state, added, planned.change),
  )
  auth.report({ event: 'factor.added', userId: user.id, factor: 'PASSKEY' })
  const { recoveryCodes } = planned
  return { kind: 'AddPasskeySuccess', passkey: toPasskey(added), factors: await readFactors(deps, auth), recoveryCodes }
}

/** Gives a passkey another name. */
export async function renamePasskey(
  _deps: Deps,
  auth: RequestAuth,
  id: string,
  name: string,
): Promise<Outcome<'Passkey', Passkey> | NotFound | InvalidInput> {
  const viewer = auth.requireViewer()
  const given = readName('name', name)
  if (isInvalidField(given)) return invalidInput([given])
  if (given === null) return invalidInput([{ name: 'name', reason: 'REQUIRED', message: 'Enter a name.' }])
  if (!(await auth.db.factors.renamePasskey(toVersion(viewer), id, given))) return { kind: 'NotFound' }
  const { passkeys = [] } = await auth.db.factors.find(viewer.user.id)
  const renamed = passkeys.find((passkey) => passkey.id === id)
  return renamed ? { kind: 'Passkey', ...toPasskey(renamed) } : { kind: 'NotFound' }
}

/** Removes a passkey, and ends the user's other sessions. */
export async function removePasskey(
  deps: Deps,
  auth: RequestAuth,
  id: string,
): Promise<Outcome<'Factors', Factors> | NotFound> {
  auth.cookie.requireSecure()
  const viewer = auth.requireViewer()
  const before = await auth.db.factors.find(viewer.user.id)
  const removed = before.passkeys?.find((passkey) => passkey.id === id)
  if (!removed) return { kind: 'NotFound' }
  await assertStillActive(deps, auth, viewer)
  const state = readState(before)
  const planned = planRemoval(deps, viewer, { ...state, passkeys: state.passkeys - 1 })
  await commitFactors(deps, auth, viewer, planned, { change: 'passkeyRemoved', name: removed.name }, () =>
    auth.db.factors.removePasskey(toVersion(viewer), state, id, planned.change),
  )
  auth.report({ event: 'factor.removed', userId: viewer.user.id, factor: 'PASSKEY' })
  return { kind: 'Factors', ...(await readFactors(deps, auth)) }
}
