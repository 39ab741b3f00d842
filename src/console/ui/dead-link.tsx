import type { ReactNode } from 'react'
import { t } from '../translate.ts'
import { Alert } from './message.tsx'

/** Explains a link that does not work any more, and what to do instead. */
export function DeadLink({ children }: { children: ReactNode }) {
  return (
    <>
      <Alert>{t('This link is not valid any more.')}</Alert>
      <p className="muted">{children}</p>
    </>
  )
}
