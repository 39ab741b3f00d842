import type { ApolloClient } from '@apollo/client'
import type { AuthenticationResponseJSON, PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/browser'
import { StartPasskeyLoginDocument } from './gql/graphql.ts'
import { loadWebAuthn } from './passkey.ts'

/** The part of a challenge's life after which a new one is fetched: a user may choose a passkey long after the page was opened. */
const RENEW_AFTER = 3 / 4

interface AutofillDeps {
  client: ApolloClient
  /** Ends the offer, as the form goes away. */
  signal: AbortSignal
  /** Resolves when no other window for passkeys is open: the browser allows one at a time. */
  waitForWindow(): Promise<void>
  onPasskey(passkey: AuthenticationResponseJSON, options: unknown): Promise<void>
}

async function fetchChallenge(client: ApolloClient) {
  const answer = await client.mutate({ mutation: StartPasskeyLoginDocument, fetchPolicy: 'no-cache' }).catch(() => null)
  return answer?.data?.startPasskeyLogin ?? null
}

/** Offers passkeys among the browser's suggestions for an input with autoComplete="username webauthn". */
export async function offerPasskeys({ client, signal, waitForWindow, onPasskey }: AutofillDeps): Promise<void> {
  const { browserSupportsWebAuthnAutofill, startAuthentication, WebAuthnAbortService } = await loadWebAuthn()
  if (!(await browserSupportsWebAuthnAutofill())) return
  const stop = () => WebAuthnAbortService.cancelCeremony()
  signal.addEventListener('abort', stop)
  while (!signal.aborted) {
    const challenge = await fetchChallenge(client)
    if (!challenge || signal.aborted) return
    const lifeMs = new Date(challenge.expiresAt).getTime() - Date.now()
    const renewal = setTimeout(stop, Math.max(lifeMs * RENEW_AFTER, 1000))
    const optionsJSON = challenge.options as PublicKeyCredentialRequestOptionsJSON
    const outcome = await startAuthentication({ optionsJSON, useBrowserAutofill: true }).catch((error: Error) => error)
    clearTimeout(renewal)
    if (!(outcome instanceof Error)) await onPasskey(outcome, challenge.options)
    else if (outcome.name !== 'AbortError') return
    await waitForWindow()
  }
}
