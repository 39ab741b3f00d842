import type { InvalidToken } from '../outcomes.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'

/** Reports and returns the one answer to every invalid token. */
export function refuseToken(auth: RequestAuth): InvalidToken {
  auth.report({ event: 'token.refused' })
  return { kind: 'InvalidToken' }
}
