import { useId, useState } from 'react'
import { useViewer } from '../../client/use-viewer.ts'
import { formatDate, formatName } from '../format.ts'
import type { UsersQuery } from '../gql/graphql.ts'
import { t } from '../translate.ts'
import { Badge } from './badge.tsx'
import { Button } from './button.tsx'
import { UserManagement } from './user-management.tsx'

export type ListedUser = NonNullable<UsersQuery['users']>['edges'][number]['node']

/** A user in the list, with what staff may change about them. */
export function UserRow({ user, canWrite, onChange }: { user: ListedUser; canWrite: boolean; onChange(): void }) {
  const viewer = useViewer()
  const [isOpen, setOpen] = useState(false)
  const panelId = useId()
  const isSelf = viewer.user?.id === user.id
  const name = formatName(user)
  return (
    <li className="row row-wrap">
      <div className="row-main">
        <p className="row-title">
          {name} {isSelf && <Badge kind="accent">{t('You')}</Badge>}
          {user.roles.map((role) => (
            <Badge key={role}>{role}</Badge>
          ))}
          {user.disabledAt && <Badge kind="danger">{t('Disabled')}</Badge>}
          {!user.emailVerified && <Badge kind="warning">{t('Not verified')}</Badge>}
        </p>
        <p className="muted small">
          {name !== user.email && `${user.email} · `}
          {t('Signed up {{date}}', { date: formatDate(user.createdAt) })}
        </p>
      </div>
      {canWrite && (
        <Button
          aria-expanded={isOpen}
          aria-controls={panelId}
          aria-label={t('Manage {{email}}', { email: user.email })}
          onClick={() => setOpen(!isOpen)}
        >
          {t('Manage')}
        </Button>
      )}
      <div id={panelId} className="row-panel" hidden={!isOpen}>
        {isOpen && <UserManagement user={user} isSelf={isSelf} onChange={onChange} />}
      </div>
    </li>
  )
}
