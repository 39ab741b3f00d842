import type { Browser } from './browser.ts'
import { logIn, PASSWORD, signUp } from './client.ts'
import type { Service } from './service.ts'

export type Role = 'ADMIN' | 'SUPPORT'

/** A user who is signed in. */
export interface User {
  email: string
  id: string
  /** The browser that they signed up in. */
  browser: Browser
  /** Logs them in in a browser of its own. */
  logInElsewhere(): Promise<Browser>
}

let count = 0

/** Signs up a new user in a browser of their own. */
export async function createUser(
  service: Service,
  { email, roles = [] }: { email?: string; roles?: readonly Role[] } = {},
): Promise<User> {
  count += 1
  const address = email ?? `user${count}@example.com`
  const browser = service.openBrowser()
  const { data, text } = await signUp(browser, { email: address })
  if (!data?.user) throw new Error(`${address} was not signed up: ${text}`)
  if (roles.length > 0) await grantRoles(service, { email: address, roles })
  return {
    ...{ email: address, id: String(data.user.id), browser },
    logInElsewhere: () => openSignedInBrowser(service, { email: address }),
  }
}

/** Signs up a new user and waits until their mail has gone out, so that the service is idle. */
export async function createIdleUser(service: Service, options: { roles?: readonly Role[] } = {}): Promise<User> {
  const user = await createUser(service, options)
  await service.waitForMail(user.email)
  return user
}

/** Gives a user roles in the database, as the first ADMIN gets theirs. */
export async function grantRoles(
  service: Service,
  { email, roles }: { email: string; roles: readonly Role[] },
): Promise<void> {
  await service.db.collection('users').updateOne({ emailCanonical: email }, { $set: { roles } })
}

/** Returns the id of the user with this canonical email address. */
export async function findUserId(service: Service, email: string): Promise<string> {
  const user = await service.db.collection('users').findOne({ emailCanonical: email })
  if (!user) throw new Error(`There is no user ${email}.`)
  return user._id.toHexString()
}

/** Logs a user in in a browser of its own. */
export async function openSignedInBrowser(
  service: Service,
  { email, password = PASSWORD }: { email: string; password?: string },
): Promise<Browser> {
  const browser = service.openBrowser()
  await logIn(browser, { email, password })
  return browser
}
