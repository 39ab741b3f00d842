import { createHash, randomBytes } from 'node:crypto'
import type { Clock, TokenPurpose, User } from '../model.ts'
import type { Attempt, TokenDocument, TokenRecords } from '../mongo/tokens.ts'
import type { Users } from '../mongo/users.ts'
import { HOURS, MINUTES } from '../units.ts'
import { clearUp } from './commit.ts'

/** How long a token lives (OWASP Forgot Password Cheat Sheet; The Copenhagen Book). */
const LIFETIMES: Record<TokenPurpose, number> = {
  verifyEmail: 24 * HOURS,
  changeEmail: 24 * HOURS,
  resetPassword: 60 * MINUTES,
}

const TOKEN = /^[A-Za-z0-9_-]{43}$/

/** The hash under which a token is kept: a dump of the database holds no usable one. */
const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

interface Parts {
  tokenRecords: TokenRecords
  users: Pick<Users, 'setToken'>
  clock: Clock
}

/** One-time tokens: 32 random bytes each. The token finds the user, the user's own document decides. */
export function createTokens({ tokenRecords, users, clock }: Parts) {
  async function insert(purpose: TokenPurpose, user: User, address: Address, attempt: Attempt | null) {
    const token = randomBytes(32).toString('base64url')
    const expires = new Date(clock.now().getTime() + LIFETIMES[purpose])
    await tokenRecords.insert({ _id: hashOf(token), purpose, userId: user.id, ...address, attempt, expires })
    return token
  }

  return {
    /**
     * Makes the only live token of a purpose.
     * @throws Error if the user has changed since they were read: read them again
     */
    async make(purpose: TokenPurpose, user: User, { email, emailCanonical }: Address): Promise<string> {
      const token = await insert(purpose, user, { email, emailCanonical }, null)
      if (await users.setToken(user, purpose, hashOf(token))) return token
      await clearUp(() => tokenRecords.remove(hashOf(token)))
      throw new Error('The user has changed in the meantime.')
    },

    /** Makes a token that carries an attempt to sign up over an unverified address. */
    makeForAttempt: (user: User, attempt: Attempt): Promise<string> =>
      insert('verifyEmail', user, { email: user.email, emailCanonical: user.emailCanonical }, attempt),

    /** What a token of one of the purposes says, while it has not expired; null for any other text. */
    async find(token: string, purposes: readonly TokenPurpose[]): Promise<TokenDocument | null> {
      if (!TOKEN.test(token)) return null
      const found = await tokenRecords.byHash(hashOf(token))
      const valid = found && purposes.includes(found.purpose) && clock.now() < found.expires
      return valid ? found : null
    },
  }
}

interface Address {
  email: string
  emailCanonical: string
}

export type Tokens = ReturnType<typeof createTokens>
