import { AppError } from '../errors.ts'
import type { Collections } from '../mongo/collections.ts'

/** How much longer than the request's own queries its confirmation may take, in milliseconds. */
const CONFIRM_EXTRA_MS = 400
/** How much longer what follows a commit may take, roll-backs included. An answer still comes within 5 s. */
const CLEAN_UP_EXTRA_MS = 700

interface HasCollections {
  readonly db: Collections
}

/**
 * Runs a commit. Its outcome may be lost with the connection or at the deadline, so after an error what it changes is read
 * again, in a time of its own: `confirm` returns the outcome, or false if the commit has not happened.
 * @throws AppError OUTCOME_UNKNOWN where that cannot be read either
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

/**
 * Cleans up after a commit, and ignores errors: what stays behind is dead already, and is removed at its time limit. A failure
 * here must not tell the client that nothing was done.
 */
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
