import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/browser'
import { createFailure, type Failure } from './failure.ts'

/** Loaded when it is needed, so that a page without passkeys does not weigh more. */
export const loadWebAuthn = () => import('@simplewebauthn/browser')

/** What the browser's window for passkeys ends with. */
export type PasskeyAnswer<T> = { passkey: T } | { failure: Failure }

/** The browser's reasons, for people. A browser does not tell a window that was closed from one that found no passkey. */
const FAILURES: Readonly<Record<string, string>> = {
  NotAllowedError: 'No passkey was used. Try again, or choose another way.',
  AbortError: 'No passkey was used. Try again, or choose another way.',
  InvalidStateError: 'This device has a passkey for your account already.',
  SecurityError: 'Passkeys do not work at this address.',
}

const toFailure = (error: unknown): Failure =>
  createFailure(
    'PASSKEY_NOT_USED',
    FAILURES[error instanceof Error ? error.name : ''] ?? 'This browser could not use a passkey.',
  )

/** Asks the browser for a passkey. The options are those of a challenge, as the service gave them. */
export async function askForPasskey(options: unknown): Promise<PasskeyAnswer<AuthenticationResponseJSON>> {
  try {
    const { startAuthentication } = await loadWebAuthn()
    return { passkey: await startAuthentication({ optionsJSON: options as PublicKeyCredentialRequestOptionsJSON }) }
  } catch (error) {
    return { failure: toFailure(error) }
  }
}

/** Asks the browser to make a passkey. The options are those of a challenge, as the service gave them. */
export async function createPasskey(options: unknown): Promise<PasskeyAnswer<RegistrationResponseJSON>> {
  try {
    const { startRegistration } = await loadWebAuthn()
    return { passkey: await startRegistration({ optionsJSON: options as PublicKeyCredentialCreationOptionsJSON }) }
  } catch (error) {
    return { failure: toFailure(error) }
  }
}

/** Tells the browser that the service does not know a passkey, so that it is not offered again. Not every browser listens. */
export async function signalUnknownPasskey(options: unknown, credentialID: string): Promise<void> {
  const { rpId } = options as PublicKeyCredentialRequestOptionsJSON
  const { sendSignal } = await loadWebAuthn()
  await sendSignal({ signalName: 'unknownCredential', rpID: rpId ?? location.hostname, credentialID }).catch(() => {})
}

/** Tells the browser which of the user's passkeys the service still knows. Not every browser listens. */
export async function signalKnownPasskeys(factors: {
  rpId: string
  userHandle: string
  passkeys: readonly { credentialId: string }[]
}): Promise<void> {
  const { sendSignal } = await loadWebAuthn()
  await sendSignal({
    signalName: 'allAcceptedCredentials',
    rpID: factors.rpId,
    userID: factors.userHandle,
    allAcceptedCredentialIDs: factors.passkeys.map(({ credentialId }) => credentialId),
  }).catch(() => {})
}
