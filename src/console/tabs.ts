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
    query: `# Run it with the button above or Ctrl+Enter, then the next tab: the cookie goes along.
mutation SignUp($input: SignupInput!) {
  signup(input: $input) {
    __typename
    ... on SignupSuccess {
      user {
        id
        email
        firstName
        lastName
      }
      session {
        id
        expiresAt
      }
    }
    ... on MailRequested {
      email
    }
    ... on InvalidInput {
      fields {
        name
        reason
        message
      }
    }
    ... on Problem {
      message
    }
  }
}
`,
    variables: json({ input: { email, password, firstName: 'Ada', lastName: 'Lovelace' } }),
  },
  {
    query: `mutation LogIn($input: LoginInput!) {
  login(input: $input) {
    __typename
    ... on LoginSuccess {
      user {
        id
        email
      }
      session {
        id
        expiresAt
      }
    }
    ... on Problem {
      message
    }
  }
}
`,
    variables: json({ input: { email, password, rememberMe: false } }),
  },
  {
    query: `query WhoAmI {
  me {
    id
    email
    emailVerified
    firstName
    lastName
    roles
  }
  session {
    scopes
    authenticatedAt
    expiresAt
  }
}
`,
  },
  {
    query: `query MySessions {
  sessions {
    id
    current
    createdAt
    lastSeenAt
    expiresAt
    device {
      name
      address
    }
  }
}
`,
  },
  {
    query: `mutation LogOut {
  logout {
    ended
  }
}
`,
  },
]

/** The tab that a link such as /graphiql?query=…&variables=… asks for; none without a query. */
export function linkedTab(search: string): Tab[] {
  const link = new URLSearchParams(search)
  const query = link.get('query')
  return query ? [{ query, variables: link.get('variables') }] : []
}
