import { useEffect, useSyncExternalStore } from 'react'
import { useAuthClient } from './provider.tsx'
import type { ReauthenticationPrompt } from './reauthentication.ts'

/**
 * Tells when an operation waits for a fresh proof of identity. The component that uses it is the app's dialog: it asks
 * for the password, calls `useReauthenticate`, and the operation runs once more; `cancel` lets it fail.
 */
export function useReauthenticationPrompt(): { prompt: ReauthenticationPrompt | null; cancel(): void } {
  const { reauthentication } = useAuthClient()
  useEffect(() => reauthentication.registerDialog(), [reauthentication])
  const { subscribe, get } = reauthentication.prompt
  const prompt = useSyncExternalStore(subscribe, get, get)
  return { prompt, cancel: () => reauthentication.settle(false) }
}
