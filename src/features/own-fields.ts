import type { NewUserInput } from '../domain/deps.ts'
import type { InvalidField } from '../domain/outcomes.ts'
import type { OwnUserFields } from '../model.ts'
import type { NamedFeature } from './find-features.ts'

const isProblems = (answer: object): answer is readonly InvalidField[] => Array.isArray(answer)

/**
 * Asks every feature for what it stores with a new user. All that is wrong is told at once.
 * @throws Error if two features store the same field
 */
export async function readOwnFields(
  features: readonly NamedFeature[],
  input: NewUserInput,
): Promise<OwnUserFields | readonly InvalidField[]> {
  const problems: InvalidField[] = []
  const owners = new Map<string, string>()
  const fields: OwnUserFields = {}
  for (const { name, onSignup } of features) {
    const answer = onSignup ? await onSignup(input) : {}
    if (isProblems(answer)) problems.push(...answer)
    else {
      for (const field of Object.keys(answer)) {
        if (owners.has(field)) {
          throw new Error(`Two features store the field ${field} of users: ${owners.get(field)} and ${name}.`)
        }
        owners.set(field, name)
      }
      Object.assign(fields, answer)
    }
  }
  return problems.length > 0 ? problems : fields
}
