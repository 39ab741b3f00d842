import { AppError } from '../../errors.ts'
import type { User } from '../../model.ts'
import { toCanonicalPrefix } from '../account/emails.ts'
import type { Deps } from '../deps.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'

export interface UserPage {
  users: readonly User[]
  hasNextPage: boolean
  hasPreviousPage: boolean
}

export interface UserPageInput {
  first: number
  /** The page starts after this address. */
  after: string | null
  /** The start of an address. */
  search: string
}

export const MAX_USERS_PER_PAGE = 100

export const findUser = (_deps: Deps, auth: RequestAuth, id: string): Promise<User | null> => auth.db.users.findById(id)

/** @throws AppError BAD_USER_INPUT if `first` is out of range */
export async function findUsers(
  _deps: Deps,
  { db }: RequestAuth,
  { first, after, search }: UserPageInput,
): Promise<UserPage> {
  if (first < 1 || first > MAX_USERS_PER_PAGE) {
    throw new AppError('BAD_USER_INPUT', { message: `first must be from 1 to ${MAX_USERS_PER_PAGE}.` })
  }
  const prefix = toCanonicalPrefix(search)
  const [found, earlier] = await Promise.all([
    db.users.findPage({ after, prefix, limit: first + 1 }),
    after === null ? [] : db.users.findPage({ after: null, prefix, limit: 1 }),
  ])
  const hasPreviousPage = after !== null && earlier.some(({ emailCanonical }) => emailCanonical <= after)
  return { users: found.slice(0, first), hasNextPage: found.length > first, hasPreviousPage }
}
