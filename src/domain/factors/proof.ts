import type { User } from '../../model.ts'
import type { FactorFields } from '../../mongo/factor-document.ts'
import type { Proof } from '../../mongo/factors.ts'
import type { Deps } from '../deps.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { readRecoveryCode } from './recovery-codes.ts'
import { findStep, readTotpCode } from './totp.ts'
import { countTry, isTotpClosed } from './tries.ts'

export type FactorKind = 'PASSKEY' | 'TOTP' | 'RECOVERY_CODE'

/** What a client sends to prove a second factor: one of both. */
export interface FactorProof {
  readonly code?: string | null
  readonly passkey?: unknown
}

/** Lists the second factors that a user can prove now. */
export const listMethods = ({ passkeys = [], totp, recoveryCodes = [], ...rest }: FactorFields): FactorKind[] => [
  ...(passkeys.length > 0 ? ['PASSKEY' as const] : []),
  ...(totp && !isTotpClosed(rest) ? ['TOTP' as const] : []),
  ...(recoveryCodes.length > 0 ? ['RECOVERY_CODE' as const] : []),
]

function checkTotp({ encryption, clock }: Deps, userId: string, factors: FactorFields, code: string): Proof | null {
  const { totp } = factors
  if (!totp || isTotpClosed(factors)) return null
  const binding = { purpose: 'totp', userId } as const
  const step = findStep(encryption.decrypt(totp.secret, binding), code, clock.now())
  if (step === null || step <= totp.lastStep) return null
  return { kind: 'TOTP', since: totp.since, step, encrypted: encryption.renew(totp, binding) }
}

/**
 * Checks a code of the authenticator app, or a recovery code. Returns what its use changes, or null if it is wrong.
 * @throws AppError RATE_LIMITED while the user has to wait
 */
export async function checkCode(deps: Deps, auth: RequestAuth, user: User, text: string): Promise<Proof | null> {
  const hash = readRecoveryCode(text)
  const factors = await countTry(deps, auth, user.id, hash !== null)
  if (hash !== null) return factors.recoveryCodes?.includes(hash) ? { kind: 'RECOVERY_CODE', hash } : null
  const code = readTotpCode(text)
  return code === null ? null : checkTotp(deps, user.id, factors, code)
}
