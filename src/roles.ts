/** The scopes that each role grants. The enum `Role` of the schema has the same names, or the service does not start. */
export const ROLE_SCOPES = {
  ADMIN: ['users:read', 'users:write'],
  SUPPORT: ['users:read'],
} as const satisfies Record<string, readonly string[]>

/** What a user may do beyond their own data. */
export type Role = keyof typeof ROLE_SCOPES

export const ROLES = Object.keys(ROLE_SCOPES) as readonly Role[]

export const isRole = (value: unknown): value is Role => ROLES.some((role) => role === value)

/** Returns the scopes that the roles grant together. */
export const getScopes = (roles: readonly Role[]): ReadonlySet<string> =>
  new Set(roles.flatMap((role) => ROLE_SCOPES[role]))

/** Tells whether the scopes hold all of at least one of the lists (outer OR, inner AND). */
export const hasScopes = (scopes: ReadonlySet<string>, lists: readonly (readonly string[])[]): boolean =>
  lists.some((list) => list.every((scope) => scopes.has(scope)))

/** Tells whether a user is staff: staff is who has a role. */
export const isStaff = ({ roles }: { roles: readonly Role[] }): boolean => roles.length > 0
