/**
 * The threat: six digits are guessed in a few hours by whoever may try as often as they like. So each try is counted before its
 * code is looked at, for the user and not for the client, and only a completed login or reauthentication forgets the count.
 */
import { AppError } from '../../errors.ts'
import type { FactorFields } from '../../mongo/factor-document.ts'
import type { FailureField } from '../../mongo/factors.ts'
import { MINUTES, SECONDS } from '../../units.ts'
import type { Deps } from '../deps.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'

/** From this failure on, the user waits: 1 s, doubled with each further one. */
const FREE_FAILURES = 5
const MAX_WAIT_MS = 15 * MINUTES
/** NIST SP 800-63B: at most 100 failures in a row. */
const MAX_TOTP_FAILURES = 100
/** Each lost race is somebody else's counted try. */
const MAX_RACES = 20

/** Tells whether the authenticator app takes no more codes until another factor, or an operator, opens it again. */
export const isTotpClosed = ({ factorFailures = 0 }: FactorFields): boolean => factorFailures >= MAX_TOTP_FAILURES

function getWait(failures: number): number {
  return failures < FREE_FAILURES ? 0 : Math.min(SECONDS * 2 ** (failures - FREE_FAILURES), MAX_WAIT_MS)
}

function assertMayTry({ factorWaitUntil }: FactorFields, now: Date): void {
  const waitMs = (factorWaitUntil?.getTime() ?? 0) - now.getTime()
  if (waitMs > 0) throw new AppError('RATE_LIMITED', { retryAfter: Math.ceil(waitMs / SECONDS) })
}

/**
 * Counts a try at a user's codes. Returns the factors as read with it. Recovery codes have a counter of their own once the
 * authenticator app is closed.
 * @throws AppError RATE_LIMITED while the user has to wait
 */
export async function countTry(
  { clock }: Deps,
  { db }: RequestAuth,
  userId: string,
  isRecoveryCode: boolean,
): Promise<FactorFields> {
  for (let races = 0; races < MAX_RACES; races += 1) {
    const factors = await db.factors.find(userId)
    const now = clock.now()
    assertMayTry(factors, now)
    const field: FailureField = isRecoveryCode && isTotpClosed(factors) ? 'recoveryFailures' : 'factorFailures'
    const counted = factors[field] ?? 0
    const wait = getWait(counted + 1)
    const waitUntil = wait > 0 ? new Date(now.getTime() + wait) : null
    if (await db.factors.countTry(userId, field, counted, now, waitUntil)) return factors
  }
  throw new AppError('RATE_LIMITED')
}
