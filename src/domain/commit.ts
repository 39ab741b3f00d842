/**
 * Runs a commit whose outcome may get lost with the connection, and gives what came of it. After an error what it changed is
 * read again: `done` tells from what is there; where nothing can be read, the error stands.
 */
export async function settle<Outcome, Found>(
  commit: () => Promise<Outcome>,
  readAgain: () => Promise<Found>,
  done: (found: Found) => Outcome | false,
): Promise<Outcome> {
  try {
    return await commit()
  } catch (error) {
    const outcome = done(await readAgain().catch(() => Promise.reject(error)))
    if (outcome !== false) return outcome
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
