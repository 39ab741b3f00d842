import type { User } from '../model.ts'

/**
 * Runs a commit whose outcome may get lost with the connection, and gives whether it was done. After an error the user is
 * read again: `done` tells from what is there; where nothing can be read, the error stands.
 */
export async function settle(
  commit: () => Promise<boolean>,
  readAgain: () => Promise<User | null>,
  done: (user: User | null) => boolean,
): Promise<boolean> {
  try {
    return await commit()
  } catch (error) {
    if (done(await readAgain().catch(() => Promise.reject(error)))) return true
    throw error
  }
}

/**
 * Clears up after a commit. What it leaves behind is dead already, and goes with its time limit: so a failure here takes
 * nothing back, and nobody hears that nothing was done.
 */
export async function clearUp(...steps: (() => Promise<unknown>)[]): Promise<void> {
  for (const step of steps) {
    try {
      await step()
    } catch {
      // The next sign-in, or the TTL index, finds it.
    }
  }
}
