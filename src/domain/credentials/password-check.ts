/**
 * The threat: an answer that comes sooner for an unknown address tells who is a user. So every password is checked here, and
 * costs one hash whoever is asked about.
 */
import type { User } from '../../model.ts'
import type { Deps } from '../deps.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { normalizePassword } from './passwords.ts'

/** Tells whether it is the user's password. Null stands for a user who does not exist. */
export async function checkPassword(
  { hasher, decoyHash }: Deps,
  auth: Pick<RequestAuth, 'report'>,
  user: User | null,
  password: string,
): Promise<boolean> {
  const candidate = normalizePassword(password)
  const acceptable = user !== null && hasher.isAcceptable(user.passwordHash)
  if (user && !acceptable) auth.report({ event: 'password.hash-refused', userId: user.id })
  const matches = await hasher.verify(acceptable ? user.passwordHash : decoyHash, candidate ?? '')
  return matches && acceptable && candidate !== null
}
