import { parse, print, separateOperations } from 'graphql'

export interface Tab {
  query: string
  variables?: string | null
}

// Long enough for the rules, and plainly nobody's.
const password = 'please choose your own passphrase'
const email = 'ada@example.com'

const json = (value: unknown) => JSON.stringify(value, null, 2)

/** The walk a newcomer takes: each tab is ready to run. */
export const readyTabs: Tab[] = [
  {
    query: `# Run this with Ctrl+Enter or the button,
# then WhoAmI: the cookie goes along.
mutation SignUp($input: SignupInput!) {
  signup(input: $input) {
    __typename
    ... on SignupSuccess {
      user { id email firstName lastName }
      session { id expiresAt }
    }
    ... on MailRequested { email }
    ... on InvalidInput { fields { name reason message } }
    ... on Problem { message }
  }
}`,
    variables: json({ input: { email, password, firstName: 'Ada', lastName: 'Lovelace' } }),
  },
  {
    query: `mutation LogIn($input: LoginInput!) {
  login(input: $input) {
    __typename
    ... on LoginSuccess {
      user { id email firstName lastName }
      session { id expiresAt }
    }
    ... on Problem { message }
  }
}`,
    variables: json({ input: { email, password, rememberMe: false } }),
  },
  {
    query: `query WhoAmI {
  me { id email emailVerified firstName lastName roles }
  session { scopes authenticatedAt expiresAt }
}`,
  },
  {
    query: `query MySessions {
  sessions {
    id
    current
    createdAt
    lastSeenAt
    expiresAt
    device { name address }
  }
}`,
  },
  {
    query: `mutation LogOut {
  logout { ended }
}`,
  },
]

/** The tab that a link such as /graphiql?query=…&variables=… asks for; none without a query. */
export function linkedTab(search: string): Tab[] {
  const link = new URLSearchParams(search)
  const query = link.get('query')
  if (!query) return []
  return [{ query: onlyOperation(query, link.get('operationName')), variables: link.get('variables') }]
}

/** A tab runs whichever operation its cursor is in, so a link that names one of several shows that one alone. */
function onlyOperation(query: string, name: string | null): string {
  try {
    const operations = separateOperations(parse(query))
    const named = name && Object.keys(operations).length > 1 ? operations[name] : undefined
    return named ? print(named) : query
  } catch {
    return query
  }
}
