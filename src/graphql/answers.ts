/** A sentence for each problem that carries no other facts. */
const MESSAGES = {
  InvalidInput: 'Some of what you entered cannot be used.',
  InvalidCredentials: 'The email address or the password is wrong.',
  EmailTaken: 'Somebody has signed up with this email address.',
  EmailNotVerified: 'Confirm your email address first: open the link in the mail that was sent to it.',
  InvalidToken: 'This link is not valid any more. Ask for a new one.',
  NotFound: 'There is nothing of that id.',
  LastAdmin: 'This would leave nobody with the role ADMIN.',
  NotYourself: 'You cannot do this to yourself.',
} as const

type Problem = keyof typeof MESSAGES

type Answer<O> = O extends { kind: infer Kind extends string }
  ? Omit<O, 'kind'> & { __typename: Kind } & (Kind extends Problem ? { message: string } : unknown)
  : never

const isProblem = (kind: string): kind is Problem => kind in MESSAGES

/** An outcome as a member of its union; a kind that the union lacks does not compile. */
export function answer<O extends { kind: string }>(outcome: O): Answer<O> {
  const { kind, ...facts } = outcome
  const message = isProblem(kind) ? { message: MESSAGES[kind] } : {}
  return { __typename: kind, ...message, ...facts } as unknown as Answer<O>
}
