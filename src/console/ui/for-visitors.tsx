import { type ReactNode, useEffect } from 'react'
import { useLocation, useSearch } from 'wouter'
import { useViewer } from '../../client/use-viewer.ts'
import { leaveTo, readReturnTo } from '../return-to.ts'
import { LoadFailure } from './message.tsx'
import { Page } from './page.tsx'
import { PageSkeleton } from './skeleton.tsx'

const PAGES = ['/', '/account', '/security', '/sessions', '/users', '/events']

/** A page for those who are not signed in; it leads on whoever is, or becomes so. */
export function ForVisitors({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  const { user, isLoading, failure, retry } = useViewer()
  const [, navigate] = useLocation()
  const search = useSearch()
  useEffect(() => {
    if (user)
      leaveTo(
        readReturnTo(search),
        (path) => navigate(path, { replace: true }),
        (path) => PAGES.includes(path),
      )
  }, [user, search, navigate])
  if (isLoading || user) return <PageSkeleton />
  if (failure) return <LoadFailure failure={failure} retry={retry} />
  return (
    <Page title={title} lead={lead} isNarrow>
      <div className="card">{children}</div>
    </Page>
  )
}
