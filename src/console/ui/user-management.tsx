import { type FormEvent, useState } from 'react'
import { useAction } from '../../client/use-action.ts'
import type { Role } from '../gql/graphql.ts'
import {
  DisableUserDocument,
  EnableUserDocument,
  RevokeUserSessionsDocument,
  SetUserRolesDocument,
} from '../gql/graphql.ts'
import { Button } from './button.tsx'
import { Confirm } from './confirm.tsx'
import { Alert, Notice } from './message.tsx'
import type { ListedUser } from './user-row.tsx'

const ROLES: readonly { role: Role; text: string }[] = [
  { role: 'ADMIN', text: 'Sees and changes users' },
  { role: 'SUPPORT', text: 'Sees users' },
]

interface ManagementProps {
  user: ListedUser
  isSelf: boolean
  onChange(): void
}

/** What an administrator may do to a user: set roles, end sessions, disable. */
export function UserManagement({ user, isSelf, onChange }: ManagementProps) {
  const { id } = user
  const [setRoles, roles] = useAction(SetUserRolesDocument, { success: ['AdminUserSuccess'] })
  const [disable, disabling] = useAction(DisableUserDocument, { success: ['AdminUserSuccess'] })
  const [enable, enabling] = useAction(EnableUserDocument, { success: ['AdminUserSuccess'] })
  const [endSessions, ending] = useAction(RevokeUserSessionsDocument, { success: ['SessionsRevoked'] })
  const [notice, setNotice] = useState<string | null>(null)
  const [isAsking, setAsking] = useState(false)
  const states = [roles, disabling, enabling, ending]
  const failure = states.find((state) => state.failure)?.failure
  const isBusy = states.some((state) => state.isBusy)

  async function thenSay(change: Promise<unknown>, sentence: string) {
    setNotice(null)
    for (const state of states) state.clear()
    if (!(await change)) return
    setNotice(sentence)
    onChange()
  }

  function saveRoles(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const chosen = new FormData(event.currentTarget).getAll('role')
    const wanted = ROLES.map(({ role }) => role).filter((role) => chosen.includes(role))
    // Roles that this page does not know are a clone's own, and stay.
    const others = user.roles.filter((role) => !ROLES.some((known) => known.role === role))
    thenSay(setRoles({ id, roles: [...wanted, ...others] }), 'The roles are saved.')
  }

  return (
    <div className="stack">
      {failure && <Alert>{failure.message}</Alert>}
      {notice && <Notice>{notice}</Notice>}
      <form className="stack" onSubmit={saveRoles}>
        <fieldset className="choices">
          <legend className="label">Roles</legend>
          {ROLES.map(({ role, text }) => (
            <label key={role} className="check">
              <input type="checkbox" name="role" value={role} defaultChecked={user.roles.includes(role)} />
              <span>
                {role} <span className="muted">{text}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <div className="form-actions">
          <Button type="submit" isBusy={isBusy}>
            Save roles
          </Button>
        </div>
      </form>
      <div className="form-actions">
        <Button isBusy={isBusy} onClick={() => thenSay(endSessions({ id }), 'All sessions of this user have ended.')}>
          End sessions
        </Button>
        {user.disabledAt ? (
          <Button isBusy={isBusy} onClick={() => thenSay(enable({ id }), 'This user can log in again.')}>
            Enable
          </Button>
        ) : (
          !isSelf && (
            <Button kind="danger" isBusy={isBusy} onClick={() => setAsking(true)}>
              Disable
            </Button>
          )
        )}
      </div>
      <Confirm
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        title={`Disable ${user.email}?`}
        description="All their sessions end at once, and they cannot log in until you enable them again."
        action="Disable"
        onConfirm={() => thenSay(disable({ id }), 'This user is disabled, and their sessions have ended.')}
      />
    </div>
  )
}
