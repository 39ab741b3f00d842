import type { Answer, Browser, Tree } from './browser.ts'

/** How a verb ended: its result's type, or the code of its refusal. */
export interface Told {
  kind: string | undefined
  /** The field's data. */
  data: Tree | undefined
  answer: Answer
}

const PROBLEM = '... on Problem { message }'
const INVALID = `${PROBLEM} ... on InvalidInput { fields { name reason } }`
const SESSION = '{ id createdAt authenticatedAt expiresAt }'

/** Calls one field and tells how it ended. */
export async function tell(
  who: Browser,
  field: string,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Told> {
  const answer = await who.gql(query, variables)
  const data = answer.body.data?.[field] ?? undefined
  const kind = data?.__typename as unknown as string | undefined
  return { kind: kind ?? answer.code, data, answer }
}

export const requestEmailVerification = (who: Browser, email: string) =>
  tell(
    who,
    'requestEmailVerification',
    'mutation Resend($email: String!) { requestEmailVerification(email: $email) { __typename email } }',
    { email },
  )

export const verifyEmail = (who: Browser, token: string | undefined) =>
  tell(
    who,
    'verifyEmail',
    `mutation Verify($token: String!) {
      verifyEmail(token: $token) { __typename ... on VerifyEmailSuccess { email } ${PROBLEM} }
    }`,
    { token },
  )

export const requestPasswordReset = (who: Browser, email: string) =>
  tell(
    who,
    'requestPasswordReset',
    'mutation Forgot($email: String!) { requestPasswordReset(email: $email) { __typename email } }',
    { email },
  )

export const resetPassword = (who: Browser, token: string | undefined, newPassword: string) =>
  tell(
    who,
    'resetPassword',
    `mutation Reset($input: ResetPasswordInput!) {
      resetPassword(input: $input) { __typename ... on ResetPasswordSuccess { email } ${INVALID} }
    }`,
    { input: { token, newPassword } },
  )

export const changePassword = (who: Browser, currentPassword: string, newPassword: string) =>
  tell(
    who,
    'changePassword',
    `mutation ChangePassword($input: ChangePasswordInput!) {
      changePassword(input: $input) { __typename ... on ChangePasswordSuccess { session ${SESSION} } ${INVALID} }
    }`,
    { input: { currentPassword, newPassword } },
  )

export const changeEmail = (who: Browser, email: string) =>
  tell(
    who,
    'changeEmail',
    `mutation ChangeEmail($email: String!) {
      changeEmail(email: $email) { __typename ... on MailRequested { email } ${INVALID} }
    }`,
    { email },
  )

export const updateProfile = (who: Browser, input: Record<string, string | null>) =>
  tell(
    who,
    'updateProfile',
    `mutation Profile($input: UpdateProfileInput!) {
      updateProfile(input: $input) {
        __typename ... on UpdateProfileSuccess { user { firstName lastName } } ${INVALID}
      }
    }`,
    { input },
  )

export const deleteAccount = (who: Browser) =>
  tell(who, 'deleteAccount', `mutation { deleteAccount { __typename ... on DeleteAccountSuccess { id } ${PROBLEM} } }`)

export const reauthenticate = (who: Browser, password: string) =>
  tell(
    who,
    'reauthenticate',
    `mutation Again($input: ReauthenticateInput!) {
      reauthenticate(input: $input) { __typename ... on ReauthenticateSuccess { session ${SESSION} } ${PROBLEM} }
    }`,
    { input: { password } },
  )

export const revokeSession = (who: Browser, id: string) =>
  tell(
    who,
    'revokeSession',
    `mutation Revoke($id: ID!) {
      revokeSession(id: $id) { __typename ... on SessionsRevoked { count ids } ${PROBLEM} }
    }`,
    { id },
  )

export const revokeOtherSessions = (who: Browser) =>
  tell(who, 'revokeOtherSessions', 'mutation { revokeOtherSessions { __typename count ids } }')

export const revokeAllSessions = (who: Browser) =>
  tell(who, 'revokeAllSessions', 'mutation { revokeAllSessions { __typename count ids } }')

/** A session as its owner sees it in the list. */
export interface ListedSession {
  id: string
  current: boolean
  createdAt: string
  lastSeenAt: string
  authenticatedAt: string
  expiresAt: string
  device: { name: string; userAgent: string | null; address: string | null }
}

/** The user's list of sessions, in its order. */
export async function listSessions(who: Browser): Promise<ListedSession[]> {
  const answer = await who.gql<{ sessions: ListedSession[] | null }>(`{
    sessions { id current createdAt lastSeenAt authenticatedAt expiresAt device { name userAgent address } }
  }`)
  const listed = answer.body.data?.sessions
  if (!listed) throw new Error(`No list of sessions: ${answer.text}`)
  return listed
}
