import { LogInDocument, LogOutDocument, ReauthenticateDocument, SignUpDocument } from './gql/graphql.ts'
import { useAuthClient } from './provider.tsx'
import { useAction } from './use-action.ts'

const always = () => true

/** Logs in; all tabs of the browser follow. */
export const useLogin = () => useAction(LogInDocument, { success: ['LoginSuccess'], changesIdentity: always })

/** Signs up. `MailRequested` means that the address must be verified before the first login. */
export const useSignup = () =>
  useAction(SignUpDocument, {
    success: ['SignupSuccess', 'MailRequested'],
    changesIdentity: (name) => name === 'SignupSuccess',
  })

/** Logs out; all tabs of the browser follow. */
export const useLogout = () => useAction(LogOutDocument, { success: ['LogoutSuccess'], changesIdentity: always })

/** Authenticates the user again, and continues the operations that waited for it. */
export function useReauthenticate() {
  const { reauthentication } = useAuthClient()
  const [run, state] = useAction(ReauthenticateDocument, { success: ['ReauthenticateSuccess'] })
  async function reauthenticate(password: string) {
    const result = await run({ input: { password } })
    if (result) reauthentication.settle(true)
    return result
  }
  return [reauthenticate, state] as const
}
