import { Secret, TOTP } from 'otpauth'
import type { Browser } from './browser.ts'
import { callField, PASSWORD, type Result, verifyEmail } from './client.ts'
import type { Service } from './service.ts'
import { createUser, type User } from './users.ts'

export const STEP_MS = 30_000

const PROBLEM = '... on Problem { message }'
const FACTORS = '{ passkeys { id credentialId name synced loginCapable } totpSince recoveryCodesLeft rpId userHandle }'
const SESSION = '{ id assurance authenticatedAt scopes secondFactorRequired }'

export const startTotp = (browser: Browser) =>
  callField(browser, 'startTotp', `mutation { startTotp { __typename ... on TotpSetup { secret uri } ${PROBLEM} } }`)

export const confirmTotp = (browser: Browser, { code }: { code: string }) =>
  callField(
    browser,
    'confirmTotp',
    `mutation ($code: String!) { confirmTotp(code: $code) {
      __typename ... on ConfirmTotpSuccess { factors ${FACTORS} recoveryCodes } ${PROBLEM} } }`,
    { code },
  )

export const removeTotp = (browser: Browser) =>
  callField(browser, 'removeTotp', `mutation { removeTotp { __typename ... on Factors ${FACTORS} ${PROBLEM} } }`)

export const replaceRecoveryCodes = (browser: Browser) =>
  callField(
    browser,
    'replaceRecoveryCodes',
    `mutation { replaceRecoveryCodes { __typename ... on RecoveryCodes { codes } ${PROBLEM} } }`,
  )

export const queryFactors = (browser: Browser) => callField(browser, 'factors', `{ factors ${FACTORS} }`)

export const startLogin = (
  browser: Browser,
  { email, password = PASSWORD, rememberMe = false }: { email: string; password?: string; rememberMe?: boolean },
) =>
  callField(
    browser,
    'login',
    `mutation ($input: LoginInput!) { login(input: $input) { __typename
      ... on SecondFactorRequired { message methods challenge passkeyOptions expiresAt }
      ... on LoginSuccess { session ${SESSION} } ${PROBLEM} } }`,
    { input: { email, password, rememberMe } },
  )

export const completeLogin = (browser: Browser, input: { challenge: unknown; proof: object }) =>
  callField(
    browser,
    'completeLogin',
    `mutation ($input: CompleteLoginInput!) { completeLogin(input: $input) { __typename
      ... on LoginSuccess { user { id secondFactor } session ${SESSION} } ${PROBLEM} } }`,
    { input },
  )

export const reauthenticateWith = (
  browser: Browser,
  { password = PASSWORD, proof }: { password?: string; proof?: object },
) =>
  callField(
    browser,
    'reauthenticate',
    `mutation ($input: ReauthenticateInput!) { reauthenticate(input: $input) { __typename
      ... on ReauthenticateSuccess { session ${SESSION} } ${PROBLEM} } }`,
    { input: { password, ...(proof ? { proof } : {}) } },
  )

export const resetUserFactors = (browser: Browser, { id }: { id: string }) =>
  callField(
    browser,
    'resetUserFactors',
    `mutation ($id: ID!) { resetUserFactors(id: $id) { __typename
      ... on AdminUserSuccess { user { id secondFactor } } ${PROBLEM} } }`,
    { id },
  )

/** Makes the code of an authenticator app at the service's time, `offset` steps from it. */
export function makeCode(service: Service, secret: string, offset = 0): string {
  const timestamp = service.clock.now().getTime() + offset * STEP_MS
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp })
}

/** A user with an authenticator app. */
export interface UserWithApp extends User {
  secret: string
  recoveryCodes: string[]
}

/** Signs up a user who has verified their address. */
export async function createVerifiedUser(
  service: Service,
  options: Parameters<typeof createUser>[1] = {},
): Promise<User> {
  const user = await createUser(service, options)
  const { token } = await service.waitForMail(user.email)
  await verifyEmail(service.openBrowser(), { token })
  return user
}

/** Sets up an authenticator app in the user's browser, and moves the clock to the next code. */
export async function addApp(service: Service, user: User): Promise<UserWithApp> {
  const { data: setup } = await startTotp(user.browser)
  const secret = String(setup?.secret)
  const { data, text } = await confirmTotp(user.browser, { code: makeCode(service, secret) })
  if (!data?.factors) throw new Error(`No authenticator app: ${text}`)
  service.clock.advance(STEP_MS)
  return { ...user, secret, recoveryCodes: (data.recoveryCodes ?? []) as unknown as string[] }
}

/** Signs up a user with a verified address and an authenticator app. */
export const createUserWithApp = async (service: Service, options: Parameters<typeof createUser>[1] = {}) =>
  addApp(service, await createVerifiedUser(service, options))

/** Logs a user in with the code of their app, and moves the clock to the next code. */
export async function logInWithApp(
  service: Service,
  { email, secret }: UserWithApp,
  browser = service.openBrowser(),
): Promise<{ browser: Browser; result: Result }> {
  const { data } = await startLogin(browser, { email })
  const result = await completeLogin(browser, {
    challenge: data?.challenge,
    proof: { code: makeCode(service, secret) },
  })
  service.clock.advance(STEP_MS)
  return { browser, result }
}
