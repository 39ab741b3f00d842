import { useEffect, useSyncExternalStore } from 'react'
import { useAuthClient } from './provider.tsx'
import type { ReauthenticationPrompt } from './reauthentication.ts'

/**
 * Tells when an operation requires authentication. The app's dialog uses it: it asks for the password, and for the second factor where there is one,
 * and calls `useReauthenticate`; then the operation runs again; `cancel` lets it fail.
 */
export function useReauthenticationPrompt(): { prompt: ReauthenticationPrompt | null; cancel(): void } {
  const { reauthentication } = useAuthClient()
  useEffect(() => reauthentication.registerDialog(), [reauthentication])
  const { subscribe, get } = reauthentication.prompt
  const prompt = useSyncExternalStore(subscribe, get, get)
  return { prompt, cancel: () => reauthentication.settle(false) }
}
