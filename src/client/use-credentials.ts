import { useState } from 'react'
import type { Failure } from './failure.ts'
import {
  LogInDocument,
  LogOutDocument,
  ReauthenticateDocument,
  ReauthenticateWithPasskeyDocument,
  SignUpDocument,
  StartPasskeyReauthenticationDocument,
} from './gql/graphql.ts'
import { askForPasskey } from './passkey.ts'
import { useAuthClient } from './provider.tsx'
import { useAction } from './use-action.ts'

const always = () => true

/** Logs in; all tabs of the browser follow. `SecondFactorRequired` means that `useSecondFactor` has to complete it. */
export const useLogin = () =>
  useAction(LogInDocument, {
    success: ['LoginSuccess', 'SecondFactorRequired'],
    changesIdentity: (name) => name === 'LoginSuccess',
  })

/** Signs up. `MailRequested` means that the address must be verified before the first login. */
export const useSignup = () =>
  useAction(SignUpDocument, {
    success: ['SignupSuccess', 'MailRequested'],
    changesIdentity: (name) => name === 'SignupSuccess',
  })

/** Logs out; all tabs of the browser follow. */
export const useLogout = () => useAction(LogOutDocument, { success: ['LogoutSuccess'], changesIdentity: always })

/** Authenticates the user again, with a code where they have a second factor, and continues the operations that waited. */
export function useReauthenticate() {
  const { reauthentication } = useAuthClient()
  const [run, state] = useAction(ReauthenticateDocument, { success: ['ReauthenticateSuccess'] })
  async function reauthenticate(password: string, code?: string) {
    const result = await run({ input: { password, ...(code ? { proof: { code } } : {}) } })
    if (result) reauthentication.settle(true)
    return result
  }
  return [reauthenticate, state] as const
}

/** Authenticates the user again with a passkey alone, and continues the operations that waited. */
export function usePasskeyReauthentication() {
  const { reauthentication } = useAuthClient()
  const [start, starting] = useAction(StartPasskeyReauthenticationDocument, { success: ['PasskeyChallenge'] })
  const [finish, finishing] = useAction(ReauthenticateWithPasskeyDocument, { success: ['ReauthenticateSuccess'] })
  const [browserFailure, setBrowserFailure] = useState<Failure | null>(null)
  async function reauthenticate() {
    setBrowserFailure(null)
    finishing.clear()
    const challenge = await start({})
    if (!challenge) return
    const answer = await askForPasskey(challenge.options)
    if (!('passkey' in answer)) return setBrowserFailure(answer.failure)
    if (await finish({ passkey: answer.passkey })) reauthentication.settle(true)
  }
  const failure = browserFailure ?? starting.failure ?? finishing.failure
  return [reauthenticate, { failure, isBusy: starting.isBusy || finishing.isBusy }] as const
}
