import { generateAuthenticationOptions, generateRegistrationOptions } from '@simplewebauthn/server'
import type { User, Viewer } from '../../model.ts'
import type { FactorFields, StoredPasskey } from '../../mongo/factor-document.ts'
import { MINUTES } from '../../units.ts'
import type { Deps } from '../deps.ts'
import type { Outcome } from '../outcomes.ts'
import { type ChallengePurpose, createChallenge } from './passkey-challenge.ts'

export type PasskeyChallenge = Outcome<'PasskeyChallenge', { options: unknown; expiresAt: Date }>

const TIMEOUT_MS = 5 * MINUTES

/** EdDSA, ES256 and RS256 (COSE). */
export const ALGORITHMS = [-8, -7, -257]

/** Returns the purpose of a challenge that is for one session of a user. */
export const forSession = (
  purpose: 'registration' | 'reauthentication',
  { user, session }: Viewer,
): ChallengePurpose => ({ purpose, subject: `${user.id} ${session.handle} ${user.generation}` })

const toDescriptor = ({ credentialId, transports }: StoredPasskey) => ({ id: credentialId, transports })

/** Builds what the browser needs to use a passkey; without `passkeys`, any that it has. */
export async function buildAuthenticationOptions(
  deps: Deps,
  purpose: ChallengePurpose,
  userVerification: 'required' | 'preferred',
  passkeys: readonly StoredPasskey[] | null = null,
): Promise<{ options: unknown; expiresAt: Date }> {
  const { rpId } = deps.settings
  const { challenge, expires } = createChallenge(deps, purpose)
  const usable = passkeys?.filter((passkey) => passkey.rpId === rpId)
  const options = await generateAuthenticationOptions({
    ...{ rpID: rpId, challenge, userVerification, timeout: TIMEOUT_MS },
    ...(usable ? { allowCredentials: usable.map(toDescriptor) } : {}),
  })
  return { options, expiresAt: expires }
}

/** Builds what the browser needs to make a passkey. */
export async function buildRegistrationOptions(
  deps: Deps,
  viewer: Viewer,
  { passkeys = [] }: FactorFields,
  userHandle: string,
): Promise<PasskeyChallenge> {
  const { rpId, serviceName } = deps.settings
  const { challenge, expires } = createChallenge(deps, forSession('registration', viewer))
  const options = await generateRegistrationOptions({
    ...{ rpID: rpId, rpName: serviceName, challenge, timeout: TIMEOUT_MS, attestationType: 'none' },
    userName: viewer.user.email,
    userDisplayName: getDisplayName(viewer.user),
    userID: Uint8Array.from(Buffer.from(userHandle, 'base64url')),
    excludeCredentials: passkeys.map(toDescriptor),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    supportedAlgorithmIDs: ALGORITHMS,
  })
  return { kind: 'PasskeyChallenge', options, expiresAt: expires }
}

const getDisplayName = ({ firstName, lastName, email }: User): string =>
  [firstName, lastName].filter(Boolean).join(' ') || email
