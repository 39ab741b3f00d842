import type { ReactNode } from 'react'
import { Redirect } from 'wouter'
import { useViewer } from '../../client/use-viewer.ts'
import { LoadFailure } from './message.tsx'
import { PageSkeleton } from './skeleton.tsx'

/** Shows its children to signed-in users, and leads others by the login page. */
export function RequireLogin({ children }: { children: ReactNode }) {
  const { user, isLoading, failure, retry } = useViewer()
  if (user) return children
  if (isLoading) return <PageSkeleton />
  if (failure) return <LoadFailure failure={failure} retry={retry} />
  return <Redirect to={`/login?${new URLSearchParams({ returnTo: location.pathname + location.search })}`} replace />
}
