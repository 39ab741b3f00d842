import type { ReactNode } from 'react'
import { useViewer } from '../../client/use-viewer.ts'
import { t } from '../translate.ts'
import { EmptyState } from './message.tsx'
import { Page } from './page.tsx'
import { RequireLogin } from './require-login.tsx'

interface StaffPageProps {
  title: string
  lead: string
  /** What the viewer's roles must grant. */
  scope: string
  /** Said to everybody else. */
  refusal: string
  children: ReactNode
}

/** A page for those whose roles grant a scope. */
export function StaffPage({ title, lead, scope, refusal, children }: StaffPageProps) {
  const { scopes } = useViewer()
  return (
    <RequireLogin>
      <Page title={title} lead={lead}>
        {scopes.includes(scope) ? children : <EmptyState title={t('Staff only')}>{refusal}</EmptyState>}
      </Page>
    </RequireLogin>
  )
}
