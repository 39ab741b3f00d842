import type { ReactNode } from 'react'

/** A surface with a heading of its own. */
export function Card({
  title,
  description,
  children,
}: {
  title?: string
  description?: ReactNode
  children: ReactNode
}) {
  return (
    <section className="card">
      {title && (
        <header className="card-head">
          <h2>{title}</h2>
          {description && <p className="muted">{description}</p>}
        </header>
      )}
      {children}
    </section>
  )
}
