import type { EmailAddress } from '../domain/account/emails.ts'
import { hashPassword } from '../domain/credentials/passwords.ts'
import { buildUser } from '../domain/sign-in/signup.ts'
import { LOCALES } from '../locales.ts'
import type { User } from '../model.ts'
import type { Shell } from './shell.ts'

/** Builds a user of whom nothing is known but the address. */
export async function buildNewUser({ deps, auth }: Shell, address: EmailAddress, password: string): Promise<User> {
  const person = { ...address, firstName: null, lastName: null, locale: LOCALES[0], own: {} }
  return buildUser(deps, auth.db.users.createId(), person, await hashPassword(deps.hasher, password))
}
