import { AppError } from '../errors.ts'
import type { Collections } from '../mongo/collections.ts'

/** How much longer than the request's own queries its confirmation may take. */
const CONFIRM_EXTRA_MS = 400
/** How much longer the steps after a commit may take, roll-backs included. The client is still answered within 5 s. */
const CLEAN_UP_EXTRA_MS = 700

interface HasCollections {
  readonly db: Collections
}

/**
 * Runs a commit. After an error, such as a lost connection, reads whether it has happened: `confirm` returns the outcome, or
 * false.
 * @throws AppError OUTCOME_UNKNOWN if that cannot be read either
 */
export async function commitOrConfirm<Outcome>(
  { db }: HasCollections,
  commit: () => Promise<Outcome>,
  confirm: (db: Collections) => Promise<Outcome | false>,
): Promise<Outcome> {
  try {
    return await commit()
  } catch (error) {
    const outcome = await confirm(db.extend(CONFIRM_EXTRA_MS)).catch(() => {
      throw new AppError('OUTCOME_UNKNOWN')
    })
    if (outcome !== false) return outcome
    throw error
  }
}

/** Cleans up after a commit and ignores errors: what stays is dead already, and a failure must not deny that the commit was done. */
export async function cleanUp(
  { db }: HasCollections,
  ...steps: ((db: Collections) => Promise<unknown>)[]
): Promise<void> {
  const extended = db.extend(CLEAN_UP_EXTRA_MS)
  for (const step of steps) {
    try {
      await step(extended)
    } catch {
      // The next sign-in or the TTL index removes it.
    }
  }
}
