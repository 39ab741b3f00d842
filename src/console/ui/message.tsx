import type { ReactNode } from 'react'
import type { Failure } from '../../client/failure.ts'
import { describeFailure } from '../describe-failure.ts'
import { t } from '../translate.ts'
import { Button } from './button.tsx'

/** Says what did not work, at once and aloud. */
export function Alert({ children }: { children: ReactNode }) {
  return (
    <div className="message message-danger" role="alert">
      {children}
    </div>
  )
}

/** Says what has been done. */
export function Notice({ children }: { children: ReactNode }) {
  return (
    <div className="message message-success" role="status">
      {children}
    </div>
  )
}

/** Stands in place of what could not be loaded. */
export function LoadFailure({ failure, retry }: { failure: Failure; retry(): void }) {
  return (
    <div className="empty">
      <Alert>{describeFailure(failure)}</Alert>
      <Button onClick={retry}>{t('Try again')}</Button>
    </div>
  )
}

/** Stands in place of a list that has nothing in it. */
export function EmptyState({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      <div className="muted">{children}</div>
    </div>
  )
}
