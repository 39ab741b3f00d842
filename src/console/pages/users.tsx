import { useQuery } from '@apollo/client/react'
import { lazy, Suspense, useDeferredValue, useState } from 'react'
import { toFailure } from '../../client/failure.ts'
import { useViewer } from '../../client/use-viewer.ts'
import { UsersDocument } from '../gql/graphql.ts'
import { t } from '../translate.ts'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/field.tsx'
import { EmptyState, LoadFailure, Notice } from '../ui/message.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { StaffPage } from '../ui/staff-page.tsx'
import { UserRow } from '../ui/user-row.tsx'

const InviteDialog = lazy(() => import('../ui/invite-dialog.tsx'))

const PAGE_SIZE = 20

export default function UsersPage() {
  const canWrite = useViewer().scopes.includes('users:write')
  return (
    <StaffPage
      title={t('Users')}
      lead={t('Everybody who has signed up, by email.')}
      scope="users:read"
      refusal={t('You don’t have permission to see users.')}
    >
      {canWrite && <Invite />}
      <UserSearch canWrite={canWrite} />
    </StaffPage>
  )
}

function Invite() {
  const [isOpen, setOpen] = useState(false)
  const [invited, setInvited] = useState<string | null>(null)
  return (
    <div className="stack">
      {invited && <Notice>{t('An invitation is on its way to {{email}}.', { email: invited })}</Notice>}
      <div className="form-actions">
        <Button
          onClick={() => {
            setInvited(null)
            setOpen(true)
          }}
        >
          {t('Invite')}
        </Button>
      </div>
      <Suspense>
        {isOpen && (
          <InviteDialog
            onClose={() => setOpen(false)}
            onInvited={(email) => {
              setOpen(false)
              setInvited(email)
            }}
          />
        )}
      </Suspense>
    </div>
  )
}

function UserSearch({ canWrite }: { canWrite: boolean }) {
  const [text, setText] = useState('')
  const search = useDeferredValue(text.trim())
  return (
    <>
      <search>
        <TextField
          name="search"
          label={t('Search')}
          type="search"
          placeholder={t('Start of an email address')}
          autoComplete="off"
          onValueChange={setText}
          aria-required={false}
        />
      </search>
      <UserList key={search} search={search} canWrite={canWrite} />
    </>
  )
}

function UserList({ search, canWrite }: { search: string; canWrite: boolean }) {
  // The cursors of the pages before this one: the last leads to this page.
  const [cursors, setCursors] = useState<readonly string[]>([])
  const { data, error, refetch } = useQuery(UsersDocument, {
    variables: { first: PAGE_SIZE, after: cursors.at(-1) ?? null, search: search || null },
    fetchPolicy: 'cache-and-network',
  })
  const retry = () => void refetch().catch(() => {})
  const users = data?.users
  if (error && !users) return <LoadFailure failure={toFailure(error)} retry={retry} />
  if (!users) return <Skeleton lines={6} label={t('Loading users')} />
  if (users.edges.length === 0) {
    return (
      <EmptyState title={t('Nobody found')}>{t('No email address begins with “{{search}}”.', { search })}</EmptyState>
    )
  }
  const { hasNextPage, endCursor } = users.pageInfo
  return (
    <>
      <ul className="list">
        {users.edges.map(({ node }) => (
          <UserRow key={node.id} user={node} canWrite={canWrite} onChange={retry} />
        ))}
      </ul>
      {(cursors.length > 0 || hasNextPage) && (
        <nav className="pager" aria-label={t('Pages')}>
          {cursors.length > 0 && <Button onClick={() => setCursors(cursors.slice(0, -1))}>{t('Previous page')}</Button>}
          <span className="muted">{t('Page {{page}}', { page: cursors.length + 1 })}</span>
          {hasNextPage && endCursor && (
            <Button onClick={() => setCursors([...cursors, endCursor])}>{t('Next page')}</Button>
          )}
        </nav>
      )}
    </>
  )
}
