import type { Browser } from './browser.ts'

/** A passphrase that every rule lets pass. */
export const PASSWORD = 'correct horse battery staple'
/** Another one. */
export const OTHER_PASSWORD = 'a quiet harbour before dawn'

const SIGNUP = `mutation SignUp($input: SignupInput!) {
  signup(input: $input) {
    __typename
    ... on SignupSuccess { user { id email } session { id } }
    ... on MailRequested { email }
    ... on InvalidInput { fields { name reason message } }
    ... on Problem { message }
  }
}`

const LOGIN = `mutation LogIn($input: LoginInput!) {
  login(input: $input) {
    __typename
    ... on LoginSuccess { user { id email } session { id expiresAt } }
    ... on Problem { message }
  }
}`

/** Signs somebody up in their browser. */
export const signUp = (who: Browser, email = 'ada@example.com', password = PASSWORD, names: object = {}) =>
  who.gql(SIGNUP, { input: { email, password, ...names } })

/** Logs somebody in in their browser. */
export const logIn = (who: Browser, email = 'ada@example.com', password = PASSWORD, more: object = {}) =>
  who.gql(LOGIN, { input: { email, password, ...more } })

/** Whose browser is it? The address, or null where nobody is signed in. */
export async function whoIs(who: Browser): Promise<string | null> {
  const answer = await who.gql<{ session: { user: { email: string } } | null }>('{ session { user { email } } }')
  if (answer.body.errors) throw new Error(answer.body.errors[0]?.message)
  return answer.body.data?.session?.user.email ?? null
}

export const logOut = (who: Browser) => who.gql('mutation { logout { ended } }')
