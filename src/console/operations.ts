import { graphql } from './gql/gql.ts'

export const UPDATE_PROFILE = graphql(`
  mutation UpdateProfile($input: UpdateProfileInput!) {
    updateProfile(input: $input) {
      __typename
      ... on UpdateProfileSuccess { user { id firstName lastName } }
      ... on Problem { message }
      ... on InvalidInput { fields { name message } }
    }
  }
`)

export const CHANGE_EMAIL = graphql(`
  mutation ChangeEmail($email: String!) {
    changeEmail(email: $email) {
      __typename
      ... on MailRequested { email }
      ... on Problem { message }
      ... on InvalidInput { fields { name message } }
    }
  }
`)

export const CHANGE_PASSWORD = graphql(`
  mutation ChangePassword($input: ChangePasswordInput!) {
    changePassword(input: $input) {
      __typename
      ... on ChangePasswordSuccess { session { id } }
      ... on Problem { message }
      ... on InvalidInput { fields { name message } }
    }
  }
`)

export const DELETE_ACCOUNT = graphql(`
  mutation DeleteAccount {
    deleteAccount { __typename ... on DeleteAccountSuccess { id } ... on Problem { message } }
  }
`)

export const REQUEST_EMAIL_VERIFICATION = graphql(`
  mutation RequestEmailVerification($email: String!) {
    requestEmailVerification(email: $email) { __typename email }
  }
`)

export const VERIFY_EMAIL = graphql(`
  mutation VerifyEmail($token: String!) {
    verifyEmail(token: $token) { __typename ... on VerifyEmailSuccess { email } ... on Problem { message } }
  }
`)

export const REQUEST_PASSWORD_RESET = graphql(`
  mutation RequestPasswordReset($email: String!) {
    requestPasswordReset(email: $email) { __typename email }
  }
`)

export const RESET_PASSWORD = graphql(`
  mutation ResetPassword($input: ResetPasswordInput!) {
    resetPassword(input: $input) {
      __typename
      ... on ResetPasswordSuccess { email }
      ... on Problem { message }
      ... on InvalidInput { fields { name message } }
    }
  }
`)

export const USERS = graphql(`
  query Users($first: Int!, $after: String, $search: String) {
    users(first: $first, after: $after, search: $search) {
      edges { cursor node { id email emailVerified firstName lastName roles createdAt disabledAt } }
      pageInfo { hasNextPage endCursor }
    }
  }
`)

export const SET_USER_ROLES = graphql(`
  mutation SetUserRoles($id: ID!, $roles: [Role!]!) {
    setUserRoles(id: $id, roles: $roles) {
      __typename
      ... on AdminUserSuccess { user { id roles } }
      ... on Problem { message }
    }
  }
`)

export const DISABLE_USER = graphql(`
  mutation DisableUser($id: ID!) {
    disableUser(id: $id) { __typename ... on AdminUserSuccess { user { id disabledAt } } ... on Problem { message } }
  }
`)

export const ENABLE_USER = graphql(`
  mutation EnableUser($id: ID!) {
    enableUser(id: $id) { __typename ... on AdminUserSuccess { user { id disabledAt } } ... on Problem { message } }
  }
`)

export const REVOKE_USER_SESSIONS = graphql(`
  mutation RevokeUserSessions($id: ID!) {
    revokeUserSessions(id: $id) { __typename ... on SessionsRevoked { count } ... on Problem { message } }
  }
`)
