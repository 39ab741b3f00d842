/** A sentence for each problem. */
export const PROBLEM_MESSAGES = {
  InvalidInput: 'Some fields are invalid.',
  InvalidCredentials: 'The email address or the password is wrong.',
  SignupClosed: 'Signing up is closed here, or needs an invitation.',
  EmailTaken: 'This email address is already in use.',
  EmailNotVerified: 'Verify your email address first. Open the link in the mail that we sent you.',
  InvalidToken: 'This link is invalid or has expired. Request a new one.',
  InvalidFactor: 'This code is wrong or was used already. Try the next one.',
  SecondFactorRequired: 'Enter a code of your authenticator app, or use a passkey or a recovery code.',
  NoSecondFactor: 'You have no second factor yet.',
  UnknownPasskey: 'This passkey is not known here any more.',
  TooManyPasskeys: 'You have 20 passkeys already. Remove one first.',
  NotFound: 'Not found.',
  LastAdmin: 'At least one user must keep the role ADMIN.',
  NotYourself: 'You cannot do this to yourself.',
} as const

type Problem = keyof typeof PROBLEM_MESSAGES

type Result<O> = O extends { kind: infer Kind extends string }
  ? Omit<O, 'kind'> & { __typename: Kind } & (Kind extends Problem ? { message: string } : unknown)
  : never

const isProblem = (kind: string): kind is Problem => kind in PROBLEM_MESSAGES

/** Converts an outcome to a member of its union. A kind that the union lacks does not compile. */
export function toResult<O extends { kind: string }>(outcome: O): Result<O> {
  const { kind, ...fields } = outcome
  const message = isProblem(kind) ? { message: PROBLEM_MESSAGES[kind] } : {}
  return { __typename: kind, ...message, ...fields } as unknown as Result<O>
}
