import { type Told, tell } from './account.ts'
import type { Browser } from './browser.ts'
import { logIn, signUp } from './people.ts'
import type { Service } from './service.ts'

const PROBLEMS = '... on Problem { message }'
const CHANGED = `__typename ... on AdminUserSuccess { user { id email roles disabledAt } } ${PROBLEMS}`

export type RoleName = 'ADMIN' | 'SUPPORT'

/** Gives somebody roles past the service, as the first ADMIN of all gets theirs. */
export async function grantRoles(service: Service, email: string, roles: RoleName[]): Promise<void> {
  await service.db.collection('users').updateOne({ emailCanonical: email }, { $set: { roles } })
}

/** The id of the user who has the address. */
export async function idOf(service: Service, email: string): Promise<string> {
  const user = await service.db.collection('users').findOne({ emailCanonical: email })
  if (!user) throw new Error(`Nobody has the address ${email}.`)
  return user._id.toHexString()
}

/** Somebody new, signed in in a browser of their own. */
export async function newcomer(service: Service, email: string, roles: RoleName[] = []): Promise<Browser> {
  const who = service.browser()
  await signUp(who, email)
  if (roles.length > 0) await grantRoles(service, email, roles)
  return who
}

/** One more browser of somebody who is there. */
export async function anotherBrowser(service: Service, email: string): Promise<Browser> {
  const who = service.browser()
  await logIn(who, email)
  return who
}

export const setUserRoles = (who: Browser, id: string, roles: RoleName[]): Promise<Told> =>
  tell(
    who,
    'setUserRoles',
    `mutation SetRoles($id: ID!, $roles: [Role!]!) { setUserRoles(id: $id, roles: $roles) { ${CHANGED} } }`,
    { id, roles },
  )

export const disableUser = (who: Browser, id: string): Promise<Told> =>
  tell(who, 'disableUser', `mutation Disable($id: ID!) { disableUser(id: $id) { ${CHANGED} } }`, { id })

export const enableUser = (who: Browser, id: string): Promise<Told> =>
  tell(who, 'enableUser', `mutation Enable($id: ID!) { enableUser(id: $id) { ${CHANGED} } }`, { id })

export const revokeUserSessions = (who: Browser, id: string): Promise<Told> =>
  tell(
    who,
    'revokeUserSessions',
    `mutation End($id: ID!) { revokeUserSessions(id: $id) { __typename ... on SessionsRevoked { count ids } ${PROBLEMS} } }`,
    { id },
  )

/** A page of users. */
export interface Page {
  edges: { cursor: string; node: { id: string; email: string } }[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
}

/** A page of users, and the code of a refusal. */
export async function usersPage(who: Browser, args: { first?: number; after?: string | null; search?: string } = {}) {
  const answer = await who.gql<{ users: Page | null }>(
    `query Users($first: Int! = 20, $after: String, $search: String) {
      users(first: $first, after: $after, search: $search) {
        edges { cursor node { id email } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }`,
    args,
  )
  return { code: answer.code, status: answer.status, page: answer.body.data?.users ?? undefined, text: answer.text }
}
