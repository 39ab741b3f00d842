/**
 * What @simplewebauthn/server leaves to its callers: who the credential belongs to, frames of other sites, a changed backup
 * eligibility, and counters of backed-up credentials, which do not count together.
 */
import { verifyAuthenticationResponse } from '@simplewebauthn/server'
import type { StoredPasskey } from '../../mongo/factor-document.ts'
import type { Proof } from '../../mongo/factors.ts'
import type { Deps } from '../deps.ts'
import { type ChallengePurpose, type ReadChallenge, readChallenge } from './passkey-challenge.ts'

type AuthenticationResponse = Parameters<typeof verifyAuthenticationResponse>[0]['response']

/** A browser's answer to a challenge, as far as it can be read without a key. */
export interface ReadAnswer {
  readonly response: AuthenticationResponse
  readonly credentialId: string
  readonly userHandle: string | undefined
  readonly challenge: string
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** Reads what the browser signed. Returns null for anything else, and for an answer from a frame in another site's page. */
export function readClientData(encoded: unknown): { challenge: string } | null {
  if (!isText(encoded)) return null
  try {
    const { challenge, crossOrigin } = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8')) ?? {}
    return isText(challenge) && crossOrigin !== true ? { challenge } : null
  } catch {
    return null
  }
}

/** Reads a browser's answer. Returns null if it cannot be one. */
export function readAnswer(passkey: unknown): ReadAnswer | null {
  const { id, response } = (passkey ?? {}) as Partial<AuthenticationResponse>
  if (!isText(id) || typeof response !== 'object' || response === null) return null
  const { userHandle, clientDataJSON } = response
  const data = readClientData(clientDataJSON)
  if (!data || (userHandle !== undefined && userHandle !== null && !isText(userHandle))) return null
  return {
    response: passkey as AuthenticationResponse,
    credentialId: id,
    userHandle: userHandle ?? undefined,
    challenge: data.challenge,
  }
}

/** What an answer must fulfil. */
export interface PasskeyRules {
  readonly purpose: ChallengePurpose
  readonly userVerification: 'required' | 'preferred'
  /** The owner's. */
  readonly userHandle: string | undefined
  /** A login names its user by nothing else. */
  readonly requireUserHandle: boolean
}

export type PasskeyCheck =
  | { readonly kind: 'proved'; readonly proof: Proof; readonly challenge: ReadChallenge }
  | { readonly kind: 'wrongChallenge' | 'wrong' | 'counterWentBack' }

async function verify(
  { settings }: Deps,
  { response, challenge }: ReadAnswer,
  { credentialId, publicKey, rpId }: StoredPasskey,
  userVerification: PasskeyRules['userVerification'],
) {
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: [...settings.origins],
      expectedRPID: rpId,
      // Its own check of the counter knows no backed-up credentials.
      credential: { id: credentialId, publicKey: Uint8Array.from(Buffer.from(publicKey, 'base64url')), counter: 0 },
      requireUserVerification: userVerification === 'required',
    })
    return verified ? authenticationInfo : null
  } catch {
    return null
  }
}

/** Checks a browser's answer with the passkey that it names. */
export async function checkPasskey(
  deps: Deps,
  answer: ReadAnswer,
  passkey: StoredPasskey,
  rules: PasskeyRules,
): Promise<PasskeyCheck> {
  const challenge = readChallenge(deps, answer.challenge, rules.purpose)
  if (!challenge) return { kind: 'wrongChallenge' }
  const isOwners = answer.userHandle === undefined ? !rules.requireUserHandle : answer.userHandle === rules.userHandle
  if (!isOwners || passkey.rpId !== deps.settings.rpId) return { kind: 'wrong' }
  const verified = await verify(deps, answer, passkey, rules.userVerification)
  if (!verified) return { kind: 'wrong' }
  const { newCounter: counter, credentialDeviceType, credentialBackedUp: synced } = verified
  if ((credentialDeviceType === 'multiDevice') !== passkey.backupEligible) return { kind: 'wrong' }
  const isBound = !passkey.backupEligible
  if (isBound && (counter > 0 || passkey.counter > 0) && counter <= passkey.counter) return { kind: 'counterWentBack' }
  const { id } = passkey
  return {
    kind: 'proved',
    challenge,
    proof: { kind: 'PASSKEY', id, counter, isBound, synced, usedAt: deps.clock.now() },
  }
}
