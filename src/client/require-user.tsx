import type { ReactNode } from 'react'
import { useViewer } from './use-viewer.ts'

/** Shows its children to signed-in users, and `fallback` to others. */
export function RequireUser(props: { fallback: ReactNode; loading?: ReactNode; children: ReactNode }) {
  const { user, isLoading, failure, retry } = useViewer()
  if (user) return props.children
  if (isLoading) return props.loading ?? null
  if (!failure) return props.fallback
  return (
    <div role="alert">
      <p>{failure.message}</p>
      <button type="button" onClick={retry}>
        Try again
      </button>
    </div>
  )
}
