/** The scopes that each role grants. The schema's enum `Role` must have the same names. */
export const ROLE_SCOPES = {
  ADMIN: ['users:read', 'users:write', 'audit:read'],
  SUPPORT: ['users:read'],
} as const satisfies Record<string, readonly string[]>

export type Role = keyof typeof ROLE_SCOPES

export const ROLES = Object.keys(ROLE_SCOPES) as readonly Role[]

export const isRole = (value: unknown): value is Role => ROLES.some((role) => role === value)

/** Returns the scopes that the roles grant together. */
export const getScopes = (roles: readonly Role[]): ReadonlySet<string> =>
  new Set(roles.flatMap((role) => ROLE_SCOPES[role]))

/** Tells whether the scopes include every scope of at least one list. */
export const hasScopes = (scopes: ReadonlySet<string>, lists: readonly (readonly string[])[]): boolean =>
  lists.some((list) => list.every((scope) => scopes.has(scope)))

/** Tells whether a user is staff, which means that they have a role. */
export const isStaff = ({ roles }: { roles: readonly Role[] }): boolean => roles.length > 0
