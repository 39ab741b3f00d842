import { type ReactNode, useEffect, useRef } from 'react'
import { settings } from '../settings.ts'

interface PageProps {
  title: string
  lead?: ReactNode
  /** Narrow pages hold one form. */
  isNarrow?: boolean
  children: ReactNode
}

/** A page with its heading, which names the document and takes the focus when the address changes. */
export function Page({ title, lead, isNarrow = false, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · ${settings.serviceName}`
    // An input that asked for the focus itself keeps it.
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true })
  }, [title])
  return (
    <div className={isNarrow ? 'page page-narrow' : 'page'}>
      <header className="page-head">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {lead && <p className="lead">{lead}</p>}
      </header>
      {children}
    </div>
  )
}
