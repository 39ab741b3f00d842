import { lazy, Suspense } from 'react'
import type { ConfirmDialogProps } from './confirm-dialog.tsx'

const ConfirmDialog = lazy(() => import('./confirm-dialog.tsx'))

/** Loads the question when it is first asked. */
export function Confirm({ isOpen, ...dialog }: ConfirmDialogProps & { isOpen: boolean }) {
  return <Suspense>{isOpen && <ConfirmDialog {...dialog} />}</Suspense>
}
