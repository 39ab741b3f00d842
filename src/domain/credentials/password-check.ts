// The threat: a faster answer for an unknown address reveals who has an account. So each check costs one hash.
import type { User } from '../../model.ts'
import type { Deps } from '../deps.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { normalizePassword } from './passwords.ts'

/** Checks a user's password; null stands for a user who does not exist. */
export async function checkPassword(
  { hasher, decoyHash }: Deps,
  auth: Pick<RequestAuth, 'report'>,
  user: User | null,
  password: string,
): Promise<boolean> {
  const candidate = normalizePassword(password)
  const acceptable = user !== null && hasher.isAcceptable(user.passwordHash)
  if (user && !acceptable) auth.report({ event: 'password.hash-refused', userId: user.id })
  const matches = await hasher.verify(acceptable ? user.passwordHash : decoyHash, candidate ?? '', password)
  return matches && acceptable && candidate !== null
}
