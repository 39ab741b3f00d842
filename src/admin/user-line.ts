/** A user as a line of JSON, for `import` and `export-users`. */
import { type EmailAddress, readEmail } from '../domain/account/emails.ts'
import { isInvalidField, readName } from '../domain/account/fields.ts'
import type { Hasher } from '../domain/credentials/hashing.ts'
import { markImported, withoutMark } from '../domain/credentials/imported-hashes.ts'
import { findLocale } from '../locales.ts'
import type { User } from '../model.ts'
import { isRole, ROLES, type Role } from '../roles.ts'

/** What a line holds of a user. `passwordHash` is null where they have to set a new password. */
export interface ImportedUser
  extends EmailAddress,
    Pick<User, 'emailVerified' | 'firstName' | 'lastName' | 'locale' | 'roles'> {
  createdAt: Date | null
  passwordHash: string | null
}

/** A line that cannot be imported. The message says why and repeats nothing of the line but the names of fields. */
export class LineError extends Error {}

const FIELDS = ['email', 'emailVerified', 'firstName', 'lastName', 'locale', 'roles', 'createdAt', 'passwordHash']

type Line = Readonly<Record<string, unknown>>

function parse(text: string): Line {
  let line: unknown
  try {
    line = JSON.parse(text)
  } catch {
    throw new LineError('it is no JSON')
  }
  if (typeof line !== 'object' || line === null || Array.isArray(line)) throw new LineError('it is no object')
  const unknown = Object.keys(line).find((name) => !FIELDS.includes(name))
  if (unknown !== undefined) throw new LineError(`the field ${JSON.stringify(unknown.slice(0, 40))} is unknown`)
  return line as Line
}

function readText(line: Line, name: string): string | null {
  const value = line[name] ?? null
  if (value !== null && typeof value !== 'string') throw new LineError(`${name} must be a text`)
  return value
}

function readPersonName(line: Line, name: 'firstName' | 'lastName'): string | null {
  const read = readName(name, readText(line, name))
  if (isInvalidField(read)) throw new LineError(`${name} is not valid`)
  return read
}

function readRoles({ roles = [] }: Line): Role[] {
  if (!Array.isArray(roles) || !roles.every((role) => typeof role === 'string' && isRole(role))) {
    throw new LineError(`roles must be a list of ${ROLES.join(', ')}`)
  }
  return [...new Set<Role>(roles)]
}

function readCreatedAt(line: Line): Date | null {
  const text = readText(line, 'createdAt')
  if (text === null) return null
  const createdAt = new Date(text)
  if (!/^\d{4}-\d\d-\d\dT/.test(text) || Number.isNaN(createdAt.getTime())) {
    throw new LineError('createdAt must be a time such as 2030-01-31T12:00:00Z')
  }
  return createdAt
}

function readHash(line: Line, hasher: Pick<Hasher, 'isAcceptable'>): string | null {
  const hash = readText(line, 'passwordHash')
  const found = hash === null ? null : [hash, markImported(hash)].find((one) => hasher.isAcceptable(one))
  if (found === undefined) throw new LineError('passwordHash is of an unknown kind, or verifying it costs too much')
  return found
}

/** @throws LineError where the line is no user that can be imported */
export function readUserLine(text: string, hasher: Pick<Hasher, 'isAcceptable'>): ImportedUser {
  const line = parse(text)
  const address = readEmail(readText(line, 'email') ?? '')
  if (!address) throw new LineError('email must be an email address')
  const { emailVerified = false } = line
  if (typeof emailVerified !== 'boolean') throw new LineError('emailVerified must be true or false')
  return {
    ...address,
    emailVerified,
    firstName: readPersonName(line, 'firstName'),
    lastName: readPersonName(line, 'lastName'),
    locale: findLocale(readText(line, 'locale')),
    roles: readRoles(line),
    createdAt: readCreatedAt(line),
    passwordHash: readHash(line, hasher),
  }
}

/** Writes a user as `readUserLine` reads them. */
export function writeUserLine(user: User): string {
  const { email, emailVerified, firstName, lastName, locale, roles, createdAt, passwordHash } = user
  return JSON.stringify({
    email,
    emailVerified,
    firstName,
    lastName,
    locale,
    roles,
    createdAt,
    passwordHash: withoutMark(passwordHash),
  })
}
