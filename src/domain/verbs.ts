import { createAccount } from './account.ts'
import { createAdministration } from './administration.ts'
import { createRecovery } from './recovery.ts'
import { createRenewal } from './renewal.ts'
import { createRevocation } from './revocation.ts'
import type { Sessions } from './sessions.ts'
import { createSignin } from './signin.ts'
import { createSignup } from './signup.ts'

type PartsOf<Create extends (parts: never) => unknown> = Parameters<Create>[0]

/** What the verbs are made of, but for each other. */
type Parts = Omit<
  PartsOf<typeof createSignup> &
    PartsOf<typeof createSignin> &
    PartsOf<typeof createRecovery> &
    PartsOf<typeof createAccount> &
    PartsOf<typeof createRevocation> &
    PartsOf<typeof createAdministration>,
  'renewal' | 'administration'
> & { sessions: Sessions }

/** What the service can do. */
export function createVerbs(parts: Parts) {
  const renewal = createRenewal(parts)
  const administration = createAdministration(parts)
  return {
    sessions: parts.sessions,
    administration,
    signup: createSignup(parts),
    signin: createSignin({ ...parts, renewal }),
    recovery: createRecovery(parts),
    account: createAccount({ ...parts, renewal, administration }),
    revocation: createRevocation({ ...parts, renewal }),
  }
}

export type Verbs = Readonly<ReturnType<typeof createVerbs>>
