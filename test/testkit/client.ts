import type { Browser, GraphqlAnswer, Tree } from './browser.ts'

/** A passphrase that every rule accepts. */
export const PASSWORD = 'correct horse battery staple'
/** Another one. */
export const OTHER_PASSWORD = 'a quiet harbour before dawn'

/** Result of one operation: the HTTP answer, and what the operation's field returned. */
export interface Result extends GraphqlAnswer<Tree> {
  /** Type of the returned object, such as `LoginSuccess`, or the code of the error. */
  kind: string | undefined
  /** The returned object; undefined where there is an error. */
  data: Tree | undefined
}

/** A session as its user sees it. */
export interface Session {
  id: string
  current: boolean
  createdAt: string
  lastSeenAt: string
  authenticatedAt: string
  expiresAt: string
  device: { name: string; userAgent: string | null; address: string | null }
}

/** One page of the list of users. */
export interface UserPage {
  edges: { cursor: string; node: { id: string; email: string } }[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
}

interface UserName {
  firstName?: string | null
  lastName?: string | null
}

const PROBLEM = '... on Problem { message }'
const INVALID = `... on InvalidInput { fields { name reason message } } ${PROBLEM}`
const SESSION = `{
  id current createdAt lastSeenAt authenticatedAt expiresAt device { name userAgent address }
}`
const REVOKED = `{ __typename ... on SessionsRevoked { count ids } ${PROBLEM} }`
const CHANGED_USER = `{ __typename ... on AdminUserSuccess { user { id email roles disabledAt } } ${PROBLEM} }`

/** Sends a document and returns what came back for one of its fields. */
export async function callField(
  browser: Browser,
  field: string,
  document: string,
  variables: Record<string, unknown> = {},
): Promise<Result> {
  const answer = await browser.gql(document, variables)
  const data = answer.body.data?.[field] ?? undefined
  const kind = data?.__typename as unknown as string | undefined
  return { ...answer, kind: kind ?? answer.code, data }
}

/** Calls a mutation that takes one input object. */
const mutate = (browser: Browser, field: string, inputType: string, selection: string, input: object) =>
  callField(browser, field, `mutation ($input: ${inputType}!) { ${field}(input: $input) ${selection} }`, { input })

/** Calls a mutation that takes one argument. */
const mutateBy = (browser: Browser, field: string, argument: string, selection: string, value: unknown) => {
  const [name, type] = argument.split(': ')
  return callField(browser, field, `mutation ($value: ${type}) { ${field}(${name}: $value) ${selection} }`, { value })
}

export const signUp = (
  browser: Browser,
  {
    email = 'ada@example.com',
    password = PASSWORD,
    ...names
  }: { email?: string | undefined; password?: string | undefined } & UserName = {},
) =>
  mutate(
    browser,
    'signup',
    'SignupInput',
    `{
      __typename
      ... on SignupSuccess { user { id email } session { id } }
      ... on MailRequested { email }
      ${INVALID}
    }`,
    { email, password, ...names },
  )

export const logIn = (
  browser: Browser,
  {
    email = 'ada@example.com',
    password = PASSWORD,
    ...more
  }: { email?: string | undefined; password?: string | undefined; rememberMe?: boolean } = {},
) =>
  mutate(
    browser,
    'login',
    'LoginInput',
    `{ __typename ... on LoginSuccess { user { id email } session { id expiresAt } } ${PROBLEM} }`,
    { email, password, ...more },
  )

export const logOut = (browser: Browser) => callField(browser, 'logout', 'mutation { logout { ended } }')

export const reauthenticate = (browser: Browser, { password = PASSWORD }: { password?: string | undefined } = {}) =>
  mutate(
    browser,
    'reauthenticate',
    'ReauthenticateInput',
    `{ __typename ... on ReauthenticateSuccess { session ${SESSION} } ${PROBLEM} }`,
    { password },
  )

export const queryMe = (browser: Browser) => callField(browser, 'me', '{ me { __typename email } }')

/** Returns the email address of the signed-in user, or null where nobody is signed in. */
export async function getSignedInEmail(browser: Browser): Promise<string | null> {
  const { body } = await browser.gql<{ session: { user: { email: string } } | null }>('{ session { user { email } } }')
  if (body.errors) throw new Error(body.errors[0]?.message)
  return body.data?.session?.user.email ?? null
}

/** Returns the browser's session, or null where nobody is signed in. */
export async function findSession(browser: Browser): Promise<Session | null> {
  const { body } = await browser.gql<{ session: Session | null }>(`{ session ${SESSION} }`)
  if (body.errors) throw new Error(body.errors[0]?.message)
  return body.data?.session ?? null
}

/**
 * Returns the public id of the browser's session.
 * @throws Error where nobody is signed in
 */
export async function requireSessionId(browser: Browser): Promise<string> {
  const session = await findSession(browser)
  if (!session) throw new Error('Nobody is signed in here.')
  return session.id
}

/** Returns the sessions of the signed-in user, in the service's order. */
export async function listSessions(browser: Browser): Promise<Session[]> {
  const answer = await browser.gql<{ sessions: Session[] | null }>(`{ sessions ${SESSION} }`)
  if (!answer.body.data?.sessions) throw new Error(`No list of sessions: ${answer.text}`)
  return answer.body.data.sessions
}

export const revokeSession = (browser: Browser, { id }: { id: string }) =>
  mutateBy(browser, 'revokeSession', 'id: ID!', REVOKED, id)

export const revokeOtherSessions = (browser: Browser) =>
  callField(browser, 'revokeOtherSessions', 'mutation { revokeOtherSessions { __typename count ids } }')

export const revokeAllSessions = (browser: Browser) =>
  callField(browser, 'revokeAllSessions', 'mutation { revokeAllSessions { __typename count ids } }')

export const requestEmailVerification = (browser: Browser, { email }: { email: string }) =>
  mutateBy(browser, 'requestEmailVerification', 'email: String!', '{ __typename email }', email)

export const verifyEmail = (browser: Browser, { token }: { token: string | undefined }) =>
  mutateBy(
    browser,
    'verifyEmail',
    'token: String!',
    `{ __typename ... on VerifyEmailSuccess { email } ${PROBLEM} }`,
    token,
  )

export const requestPasswordReset = (browser: Browser, { email }: { email: string }) =>
  mutateBy(browser, 'requestPasswordReset', 'email: String!', '{ __typename email }', email)

export const resetPassword = (
  browser: Browser,
  { token, newPassword = OTHER_PASSWORD }: { token: string | undefined; newPassword?: string | undefined },
) =>
  mutate(
    browser,
    'resetPassword',
    'ResetPasswordInput',
    `{ __typename ... on ResetPasswordSuccess { email } ${INVALID} }`,
    { token, newPassword },
  )

export const changePassword = (
  browser: Browser,
  {
    currentPassword = PASSWORD,
    newPassword = OTHER_PASSWORD,
  }: { currentPassword?: string | undefined; newPassword?: string | undefined } = {},
) =>
  mutate(
    browser,
    'changePassword',
    'ChangePasswordInput',
    `{ __typename ... on ChangePasswordSuccess { session ${SESSION} } ${INVALID} }`,
    { currentPassword, newPassword },
  )

export const changeEmail = (browser: Browser, { email }: { email: string }) =>
  mutateBy(browser, 'changeEmail', 'email: String!', `{ __typename ... on MailRequested { email } ${INVALID} }`, email)

export const updateProfile = (browser: Browser, names: UserName) =>
  mutate(
    browser,
    'updateProfile',
    'UpdateProfileInput',
    `{ __typename ... on UpdateProfileSuccess { user { firstName lastName } } ${INVALID} }`,
    names,
  )

export const deleteAccount = (browser: Browser) =>
  callField(
    browser,
    'deleteAccount',
    `mutation { deleteAccount { __typename ... on DeleteAccountSuccess { id } ${PROBLEM} } }`,
  )

export const setUserRoles = (browser: Browser, { id, roles }: { id: string; roles: string[] }) =>
  callField(
    browser,
    'setUserRoles',
    `mutation ($id: ID!, $roles: [Role!]!) { setUserRoles(id: $id, roles: $roles) ${CHANGED_USER} }`,
    { id, roles },
  )

export const disableUser = (browser: Browser, { id }: { id: string }) =>
  mutateBy(browser, 'disableUser', 'id: ID!', CHANGED_USER, id)

export const enableUser = (browser: Browser, { id }: { id: string }) =>
  mutateBy(browser, 'enableUser', 'id: ID!', CHANGED_USER, id)

export const revokeUserSessions = (browser: Browser, { id }: { id: string }) =>
  mutateBy(browser, 'revokeUserSessions', 'id: ID!', REVOKED, id)

/** Returns a page of users, or the code of the refusal. */
export async function listUsers(
  browser: Browser,
  args: { first?: number; after?: string | null; search?: string } = {},
) {
  const answer = await browser.gql<{ users: UserPage | null }>(
    `query ($first: Int! = 20, $after: String, $search: String) {
      users(first: $first, after: $after, search: $search) {
        edges { cursor node { id email } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }`,
    args,
  )
  return { ...answer, page: answer.body.data?.users ?? undefined }
}
