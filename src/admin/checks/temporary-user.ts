import { randomBytes } from 'node:crypto'
import { buildNewUser } from '../new-user.ts'
import type { Shell } from '../shell.ts'

/** A user for one check, who can log in. */
export interface TemporaryUser {
  readonly email: string
  readonly password: string
}

/** So many devices a day are reported by mail. */
const REPORTED_DEVICES = 3

/** Creates a user, runs a check with them, and removes them with their sessions, whatever the check comes to. */
export async function withTemporaryUser<T>(shell: Shell, run: (user: TemporaryUser) => Promise<T>): Promise<T> {
  const { deps, auth } = shell
  const [name, password] = [randomBytes(8).toString('hex'), randomBytes(24).toString('base64url')]
  // A domain that never exists (RFC 2606).
  const email = `check-${name}@gatehouse.invalid`
  const user = { ...(await buildNewUser(shell, { email, emailCanonical: email }, password)), emailVerified: true }
  // Nobody reads the mail that tells of a login from a new device.
  for (let device = 0; device < REPORTED_DEVICES; device += 1) await deps.limiter.tryToAddDevice(auth, user.id)
  await auth.db.users.insert(user)
  try {
    return await run({ email, password })
  } finally {
    await auth.db.users.delete(user)
    await auth.db.sessions.deleteByUser(user.id)
  }
}
