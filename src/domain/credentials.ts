/**
 * The threat: an answer that comes sooner for an unknown address tells who has an account. So every check of a password
 * goes through this one place, and costs one hash whoever is asked about.
 */
import type { User } from '../model.ts'
import type { Report } from './events.ts'
import type { Hasher } from './hashing.ts'
import { normalizePassword } from './passwords.ts'

/** Checks passwords. */
export interface Credentials {
  /** Is it the user's password? Null stands for nobody, who has none. */
  check(user: User | null, password: string, report: Report): Promise<boolean>
}

/** Credentials that pay the same for everybody; `decoy` is a hash of today's cost that no password opens. */
export function createCredentials(hasher: Hasher, decoy: string): Credentials {
  return {
    async check(user, password, report) {
      const candidate = normalizePassword(password)
      const acceptable = user !== null && hasher.isAcceptable(user.passwordHash)
      if (user && !acceptable) report({ event: 'password.hash-refused', userId: user.id })
      const matches = await hasher.verify(acceptable ? user.passwordHash : decoy, candidate ?? '')
      return matches && acceptable && candidate !== null
    },
  }
}
