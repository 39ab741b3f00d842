import { createStore, type Store } from './store.ts'

export interface ReauthenticationPrompt {
  /** How many seconds ago the last authentication may have been. */
  maxAge: number | null
  /** Whether it has to rest on a second factor. */
  needsSecondFactor: boolean
}

/** Pauses operations that require authentication until the app's dialog has asked for it. */
export interface Reauthentication {
  prompt: Store<ReauthenticationPrompt | null>
  /** Resolves with true after the user has authenticated; with false if they declined, or the app has no dialog. */
  request(prompt: ReauthenticationPrompt): Promise<boolean>
  settle(isProved: boolean): void
  /** Registers a dialog. Returns a function that removes it. */
  registerDialog(): () => void
}

export function createReauthentication(): Reauthentication {
  const prompt = createStore<ReauthenticationPrompt | null>(null)
  let waiting: ((isProved: boolean) => void)[] = []
  let dialogs = 0

  function settle(isProved: boolean): void {
    const settled = waiting
    waiting = []
    prompt.set(null)
    for (const resolve of settled) resolve(isProved)
  }

  return {
    prompt,
    settle,
    request(wanted) {
      if (dialogs === 0) return Promise.resolve(false)
      return new Promise((resolve) => {
        waiting.push(resolve)
        if (prompt.get() === null) prompt.set(wanted)
      })
    },
    registerDialog() {
      dialogs += 1
      return () => {
        dialogs -= 1
        if (dialogs === 0) settle(false)
      }
    },
  }
}
