import type { Browser } from './browser.ts'
import { OTHER_PASSWORD, PASSWORD } from './people.ts'

const SESSION = 'id current createdAt lastSeenAt authenticatedAt expiresAt'
const REVOKED = '__typename ... on SessionsRevoked { count ids } ... on Problem { message }'

/** A session as a test reads it. */
export interface SeenSession {
  id: string
  current: boolean
  createdAt: string
  lastSeenAt: string
  authenticatedAt: string
  expiresAt: string
}

/** What came of a verb: the union's type, or the error's code. */
export async function outcomeOf(answering: ReturnType<Browser['gql']>): Promise<string> {
  const { body, code } = await answering
  if (code) return code
  const [result] = Object.values(body.data ?? {}) as { __typename?: unknown }[]
  return String(result?.__typename)
}

export const me = (who: Browser) => who.gql('{ me { __typename email } }')

/** The session of a browser, or null where nobody is signed in. */
export async function sessionOf(who: Browser): Promise<SeenSession | null> {
  const answer = await who.gql<{ session: SeenSession | null }>(`{ session { ${SESSION} } }`)
  if (answer.body.errors) throw new Error(answer.body.errors[0]?.message)
  return answer.body.data?.session ?? null
}

/** The live sessions of whoever is signed in. */
export async function sessionsOf(who: Browser): Promise<SeenSession[]> {
  const answer = await who.gql<{ sessions: SeenSession[] | null }>(`{ sessions { ${SESSION} } }`)
  if (!answer.body.data?.sessions) throw new Error(answer.body.errors?.[0]?.message)
  return answer.body.data.sessions
}

/** The public handle of the session of whoever is signed in. */
export async function handleOf(who: Browser): Promise<string> {
  const session = await sessionOf(who)
  if (!session) throw new Error('Nobody is signed in here.')
  return session.id
}

export const reauthenticate = (who: Browser, password = PASSWORD) =>
  who.gql(
    `mutation ($password: String!) { reauthenticate(input: { password: $password }) {
      __typename ... on ReauthenticateSuccess { session { ${SESSION} } } } }`,
    { password },
  )

export const changePassword = (who: Browser, newPassword = OTHER_PASSWORD, currentPassword = PASSWORD) =>
  who.gql(
    `mutation ($input: ChangePasswordInput!) { changePassword(input: $input) {
      __typename ... on ChangePasswordSuccess { session { ${SESSION} } } } }`,
    { input: { currentPassword, newPassword } },
  )

export const revokeSession = (who: Browser, id: string) =>
  who.gql(`mutation ($id: ID!) { revokeSession(id: $id) { ${REVOKED} } }`, { id })

export const revokeOtherSessions = (who: Browser) =>
  who.gql('mutation { revokeOtherSessions { __typename count ids } }')

export const revokeAllSessions = (who: Browser) => who.gql('mutation { revokeAllSessions { __typename count ids } }')

export const deleteAccount = (who: Browser) => who.gql('mutation { deleteAccount { __typename } }')

export const updateProfile = (who: Browser, firstName: string) =>
  who.gql('mutation ($firstName: String) { updateProfile(input: { firstName: $firstName }) { __typename } }', {
    firstName,
  })

export const disableUser = (who: Browser, id: string) =>
  who.gql('mutation ($id: ID!) { disableUser(id: $id) { __typename } }', { id })

export const requestPasswordReset = (who: Browser, email: string) =>
  who.gql('mutation ($email: String!) { requestPasswordReset(email: $email) { __typename } }', { email })

export const resetPassword = (who: Browser, token: string, newPassword = OTHER_PASSWORD) =>
  who.gql('mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { __typename } }', {
    input: { token, newPassword },
  })
