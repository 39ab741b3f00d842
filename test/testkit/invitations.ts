import type { Browser } from './browser.ts'
import { callField, PASSWORD } from './client.ts'

export const inviteUser = (browser: Browser, input: { email: string; roles?: string[] }) =>
  callField(
    browser,
    'inviteUser',
    `mutation ($input: InviteUserInput!) { inviteUser(input: $input) {
      __typename ... on MailRequested { email } ... on InvalidInput { fields { name reason } } } }`,
    { input },
  )

export const acceptInvitation = (
  browser: Browser,
  input: { token: string | undefined; password?: string; firstName?: string },
) =>
  callField(
    browser,
    'acceptInvitation',
    `mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { __typename
      ... on SignupSuccess { user { id email emailVerified firstName roles } session { id } }
      ... on InvalidInput { fields { name reason } } ... on Problem { message } } }`,
    { input: { password: PASSWORD, ...input } },
  )
