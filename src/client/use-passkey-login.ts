import type { AuthenticationResponseJSON } from '@simplewebauthn/browser'
import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { type Failure, toProblem } from './failure.ts'
import { LogInWithPasskeyDocument, StartPasskeyLoginDocument } from './gql/graphql.ts'
import { askForPasskey, loadWebAuthn, signalUnknownPasskey } from './passkey.ts'
import { offerPasskeys } from './passkey-autofill.ts'
import { useAuthClient } from './provider.tsx'
import { useAction } from './use-action.ts'

interface PasskeyLoginOptions {
  /** Whether the browser keeps the cookie when it closes. */
  rememberMe?: boolean
  /** Offers passkeys among the suggestions for the input with autoComplete="username webauthn", too. */
  autofill?: boolean
}

/** Logs in with a passkey alone; all tabs of the browser follow. The function asks the browser for one. */
export function usePasskeyLogin({ rememberMe = false, autofill = false }: PasskeyLoginOptions = {}) {
  const authClient = useAuthClient()
  const [start, starting] = useAction(StartPasskeyLoginDocument, { success: ['PasskeyChallenge'] })
  const [finish, finishing] = useAction(LogInWithPasskeyDocument, {
    success: ['LoginSuccess', 'UnknownPasskey'],
    changesIdentity: (name) => name === 'LoginSuccess',
  })
  const [ownFailure, setOwnFailure] = useState<Failure | null>(null)
  const openWindow = useRef(Promise.resolve())

  async function send(passkey: AuthenticationResponseJSON, options: unknown): Promise<void> {
    const result = await finish({ input: { passkey, rememberMe } })
    if (result?.__typename !== 'UnknownPasskey') return
    setOwnFailure(toProblem(result))
    await signalUnknownPasskey(options, passkey.id)
  }

  async function ask(): Promise<void> {
    const challenge = await start({})
    if (!challenge) return
    const answer = await askForPasskey(challenge.options)
    if ('passkey' in answer) await send(answer.passkey, challenge.options)
    else setOwnFailure(answer.failure)
  }

  async function logIn(): Promise<void> {
    setOwnFailure(null)
    finishing.clear()
    openWindow.current = ask()
    await openWindow.current
  }

  const sendOffered = useEffectEvent((passkey: AuthenticationResponseJSON, options: unknown) => {
    setOwnFailure(null)
    return send(passkey, options)
  })
  useEffect(() => void loadWebAuthn().catch(() => {}), [])
  useEffect(() => {
    if (!autofill) return
    const controller = new AbortController()
    const { client } = authClient.identity.get()
    const waitForWindow = () => openWindow.current
    offerPasskeys({ client, signal: controller.signal, waitForWindow, onPasskey: sendOffered }).catch(() => {})
    return () => controller.abort()
  }, [authClient, autofill])

  const failure = ownFailure ?? starting.failure ?? finishing.failure
  return [logIn, { failure, isBusy: starting.isBusy || finishing.isBusy }] as const
}
