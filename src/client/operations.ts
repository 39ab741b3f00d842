import { graphql } from './gql/gql.ts'

export const WHO_AM_I = graphql(`
  query WhoAmI {
    session {
      id
      scopes
      authenticatedAt
      expiresAt
      user { id email emailVerified firstName lastName roles createdAt }
    }
  }
`)

export const CHECK_SESSION = graphql(`
  query CheckSession {
    session { id }
  }
`)

export const LOG_IN = graphql(`
  mutation LogIn($input: LoginInput!) {
    login(input: $input) { __typename ... on LoginSuccess { session { id } } ... on Problem { message } }
  }
`)

export const SIGN_UP = graphql(`
  mutation SignUp($input: SignupInput!) {
    signup(input: $input) {
      __typename
      ... on SignupSuccess { session { id } }
      ... on MailRequested { email }
      ... on Problem { message }
      ... on InvalidInput { fields { name message } }
    }
  }
`)

export const LOG_OUT = graphql(`
  mutation LogOut {
    logout { __typename ended }
  }
`)

export const REAUTHENTICATE = graphql(`
  mutation Reauthenticate($input: ReauthenticateInput!) {
    reauthenticate(input: $input) {
      __typename
      ... on ReauthenticateSuccess { session { id authenticatedAt } }
      ... on Problem { message }
    }
  }
`)

export const SESSIONS = graphql(`
  query Sessions {
    sessions {
      id
      current
      createdAt
      lastSeenAt
      expiresAt
      device { name address }
    }
  }
`)

export const END_SESSION = graphql(`
  mutation EndSession($id: ID!) {
    revokeSession(id: $id) { __typename ... on SessionsRevoked { count ids } ... on Problem { message } }
  }
`)

export const END_OTHER_SESSIONS = graphql(`
  mutation EndOtherSessions {
    revokeOtherSessions { __typename count ids }
  }
`)

export const END_ALL_SESSIONS = graphql(`
  mutation EndAllSessions {
    revokeAllSessions { __typename count ids }
  }
`)
