import type { Browser } from './browser.ts'
import { callField } from './client.ts'
import { createVerifiedUser } from './factors.ts'
import type { Service } from './service.ts'
import type { createUser, User } from './users.ts'
import { Authenticator, type AuthenticatorOptions } from './webauthn/authenticator.ts'

const PROBLEM = '... on Problem { message }'
const CHALLENGE = '... on PasskeyChallenge { options expiresAt }'
const PASSKEY = '{ id credentialId name synced loginCapable createdAt lastUsedAt }'
const FACTORS = `{ passkeys ${PASSKEY} totpSince recoveryCodesLeft rpId userHandle }`
const SESSION = '{ id assurance authenticatedAt }'

/** Options as the browser gets them. */
// biome-ignore lint/suspicious/noExplicitAny: they are whatever the service's JSON says
export type Options = any

const call = (browser: Browser, field: string, document: string, variables: Record<string, unknown> = {}) =>
  callField(browser, field, document, variables)

export const startPasskeyLogin = async (browser: Browser): Promise<Options> =>
  (await call(browser, 'startPasskeyLogin', `mutation { startPasskeyLogin { options expiresAt } }`)).data?.options

export const loginWithPasskey = (browser: Browser, input: { passkey: unknown; rememberMe?: boolean }) =>
  call(
    browser,
    'loginWithPasskey',
    `mutation ($input: PasskeyLoginInput!) { loginWithPasskey(input: $input) { __typename
      ... on LoginSuccess { user { id } session ${SESSION} }
      ... on UnknownPasskey { rpId credentialId } ${PROBLEM} } }`,
    { input },
  )

export const startPasskeyReauthentication = async (browser: Browser): Promise<Options> =>
  (await call(browser, 'startPasskeyReauthentication', 'mutation { startPasskeyReauthentication { options } }')).data
    ?.options

export const reauthenticateWithPasskey = (browser: Browser, passkey: unknown) =>
  call(
    browser,
    'reauthenticateWithPasskey',
    `mutation ($passkey: JSON!) { reauthenticateWithPasskey(passkey: $passkey) { __typename
      ... on ReauthenticateSuccess { session ${SESSION} } ${PROBLEM} } }`,
    { passkey },
  )

export const startPasskeyRegistration = (browser: Browser) =>
  call(
    browser,
    'startPasskeyRegistration',
    `mutation { startPasskeyRegistration { __typename ${CHALLENGE} ${PROBLEM} } }`,
  )

export const addPasskey = (browser: Browser, input: { passkey: unknown; name?: string }) =>
  call(
    browser,
    'addPasskey',
    `mutation ($input: AddPasskeyInput!) { addPasskey(input: $input) { __typename
      ... on AddPasskeySuccess { passkey ${PASSKEY} factors ${FACTORS} recoveryCodes } ${PROBLEM} } }`,
    { input },
  )

export const renamePasskey = (browser: Browser, variables: { id: string; name: string }) =>
  call(
    browser,
    'renamePasskey',
    `mutation ($id: ID!, $name: String!) { renamePasskey(id: $id, name: $name) { __typename
      ... on Passkey { id name } ${PROBLEM} } }`,
    variables,
  )

export const removePasskey = (browser: Browser, { id }: { id: unknown }) =>
  call(
    browser,
    'removePasskey',
    `mutation ($id: ID!) { removePasskey(id: $id) { __typename ... on Factors ${FACTORS} ${PROBLEM} } }`,
    { id },
  )

/** A user with a passkey. */
export interface UserWithPasskey extends User {
  authenticator: Authenticator
  passkeyId: string
}

/** Adds a passkey in the user's browser. */
export async function addPasskeyOf(
  service: Service,
  user: User,
  options: AuthenticatorOptions = {},
): Promise<UserWithPasskey> {
  const authenticator = new Authenticator(service.url, options)
  const { data } = await startPasskeyRegistration(user.browser)
  const added = await addPasskey(user.browser, { passkey: authenticator.register(data?.options as Options) })
  if (added.kind !== 'AddPasskeySuccess') throw new Error(`No passkey: ${added.text}`)
  return { ...user, authenticator, passkeyId: String(added.data?.passkey?.id) }
}

/** Signs up a user with a verified address and a passkey. */
export const createUserWithPasskey = async (
  service: Service,
  options: AuthenticatorOptions = {},
  user: Parameters<typeof createUser>[1] = {},
) => addPasskeyOf(service, await createVerifiedUser(service, user), options)
