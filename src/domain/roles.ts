import type { Role } from '../model.ts'

/** What each role grants. A clone adds its scopes here. */
const GRANTS: Record<Role, readonly string[]> = {
  ADMIN: ['users:read', 'users:write'],
  SUPPORT: ['users:read'],
}

/** The scopes that roles grant together. */
export const scopesOf = (roles: readonly Role[]): ReadonlySet<string> => new Set(roles.flatMap((role) => GRANTS[role]))

/** Do the scopes hold all of at least one of the lists (outer OR, inner AND)? */
export const grants = (scopes: ReadonlySet<string>, lists: readonly (readonly string[])[]): boolean =>
  lists.some((list) => list.every((scope) => scopes.has(scope)))

/** A user with a role is staff. */
export const isStaff = ({ roles }: { roles: readonly Role[] }): boolean => roles.length > 0
