import type { Deps } from '../deps.ts'
import type { InvalidField } from '../outcomes.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { findPasswordProblem, type OwnData } from './password-rules.ts'

/** Finds what is wrong with a new password: by the rules first, then among known breaches. */
export async function checkNewPassword(
  { settings, isBreached }: Deps,
  { report }: Pick<RequestAuth, 'report'>,
  name: string,
  password: string,
  own: OwnData,
): Promise<InvalidField | null> {
  const problem = findPasswordProblem(name, password, settings.passwordMinLength, own)
  if (problem) return problem
  if (!(await isBreached(password, report))) return null
  return { name, reason: 'BREACHED', message: 'This password was found in a data breach. Choose another one.' }
}
