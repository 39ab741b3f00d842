import type { User } from '../../model.ts'
import { getScopes } from '../../roles.ts'

/** Tells whether somebody may invite: an enabled user whose roles grant `users:write`. */
export const canInvite = (inviter: User | null): boolean =>
  inviter !== null && !inviter.disabledAt && getScopes(inviter.roles).has('users:write')
