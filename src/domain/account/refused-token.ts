import type { InvalidToken } from '../outcomes.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'

/** Refuses a one-time token, whatever is wrong with it. */
export function refuseToken(auth: RequestAuth): InvalidToken {
  auth.report({ event: 'token.refused' })
  return { kind: 'InvalidToken' }
}
