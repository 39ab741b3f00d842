import type { ReactNode } from 'react'
import { describeEvent, type ListedEvent } from '../describe-event.ts'
import { formatDateTime } from '../format.ts'
import { t } from '../translate.ts'
import { Button } from './button.tsx'

/** Events, the newest first; `describe` adds to the time of one. */
export function EventList<TEvent extends ListedEvent & { id: string; at: string }>({
  label,
  events,
  describe,
}: {
  label: string
  events: readonly TEvent[]
  describe?(event: TEvent): ReactNode
}) {
  return (
    <ul className="list" aria-label={label}>
      {events.map((event) => (
        <li key={event.id} className="row">
          <div className="row-main">
            <p className="row-title">{describeEvent(event)}</p>
            <p className="muted small">
              <time dateTime={event.at}>{formatDateTime(event.at)}</time>
              {describe?.(event)}
            </p>
          </div>
        </li>
      ))}
    </ul>
  )
}

/** Leads to older events, and back. */
export function EventPager({
  cursors,
  next,
  onMove,
}: {
  /** The cursors of the pages before this one: the last leads to this page. */
  cursors: readonly string[]
  next: string | null | undefined
  onMove(cursors: readonly string[]): void
}) {
  if (cursors.length === 0 && !next) return null
  return (
    <div className="form-actions">
      {next && <Button onClick={() => onMove([...cursors, next])}>{t('Show older')}</Button>}
      {cursors.length > 0 && <Button onClick={() => onMove(cursors.slice(0, -1))}>{t('Show newer')}</Button>}
    </div>
  )
}

/** Returns the cursor of the next page; null at the end. */
export const readNext = (info: { hasNextPage: boolean; endCursor: string | null } | undefined): string | null =>
  info?.hasNextPage ? info.endCursor : null
