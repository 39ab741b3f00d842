import { lazy, Suspense } from 'react'
import { useReauthenticationPrompt } from '../../client/use-reauthentication-prompt.ts'

const StepUpDialog = lazy(() => import('./step-up-dialog.tsx'))

/** Loads the dialog when an operation first needs a fresh proof of identity. */
export function StepUp() {
  const { prompt, cancel } = useReauthenticationPrompt()
  return <Suspense>{prompt && <StepUpDialog prompt={prompt} onCancel={cancel} />}</Suspense>
}
