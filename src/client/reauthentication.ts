import { createStore, type Store } from './store.ts'

/** A question to the user: prove again who you are. */
export interface ReauthenticationPrompt {
  /** How many seconds the proof may be old. */
  maxAge: number | null
}

/** Holds back operations that need a fresh proof of identity until the app's dialog has asked for one. */
export interface Reauthentication {
  /** The question to show; null while there is none. */
  prompt: Store<ReauthenticationPrompt | null>
  /** Resolves with true once the user has proved who they are, with false where they declined or the app has no dialog. */
  request(maxAge: number | null): Promise<boolean>
  /** Answers the question. */
  settle(isProved: boolean): void
  /** Says that a dialog is there to ask; the result takes it away again. */
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
    request(maxAge) {
      if (dialogs === 0) return Promise.resolve(false)
      return new Promise((resolve) => {
        waiting.push(resolve)
        if (prompt.get() === null) prompt.set({ maxAge })
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
