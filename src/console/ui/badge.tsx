import type { ReactNode } from 'react'

/** A short word about a thing's state. */
export function Badge({
  kind = 'neutral',
  children,
}: {
  kind?: 'neutral' | 'accent' | 'danger' | 'warning'
  children: ReactNode
}) {
  return <span className={`badge badge-${kind}`}>{children}</span>
}
