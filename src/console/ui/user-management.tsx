import { useState } from 'react'
import { Link } from 'wouter'
import { useAction } from '../../client/use-action.ts'
import { useViewer } from '../../client/use-viewer.ts'
import { describeFailure } from '../describe-failure.ts'
import type { Role } from '../gql/graphql.ts'
import {
  DisableUserDocument,
  EnableUserDocument,
  ResetUserFactorsDocument,
  RevokeUserSessionsDocument,
  SetUserRolesDocument,
} from '../gql/graphql.ts'
import { t } from '../translate.ts'
import { Button } from './button.tsx'
import { Confirm } from './confirm.tsx'
import { Alert, Notice } from './message.tsx'
import { RoleChoice } from './role-choice.tsx'
import type { ListedUser } from './user-row.tsx'

interface RolesProps {
  user: ListedUser
  isBusy: boolean
  onSave(roles: Role[]): void
}

function RolesForm({ user, isBusy, onSave }: RolesProps) {
  const [chosen, setChosen] = useState<readonly Role[]>(user.roles)
  return (
    <div className="stack">
      <RoleChoice chosen={chosen} onChange={setChosen} />
      <div className="form-actions">
        <Button onClick={() => onSave([...chosen])} isBusy={isBusy}>
          {t('Save roles')}
        </Button>
      </div>
    </div>
  )
}

/** Provides an administrator's changes to a user, with a notice of the last success. */
function useUserChanges({ id }: ListedUser, onChange: () => void) {
  const [setRoles, roles] = useAction(SetUserRolesDocument, { success: ['AdminUserSuccess'] })
  const [disable, disabling] = useAction(DisableUserDocument, { success: ['AdminUserSuccess'] })
  const [enable, enabling] = useAction(EnableUserDocument, { success: ['AdminUserSuccess'] })
  const [endSessions, ending] = useAction(RevokeUserSessionsDocument, { success: ['SessionsRevoked'] })
  const [resetFactors, resetting] = useAction(ResetUserFactorsDocument, { success: ['AdminUserSuccess'] })
  const [notice, setNotice] = useState<string | null>(null)
  const states = [roles, disabling, enabling, ending, resetting]

  async function run(change: Promise<unknown>, success: string) {
    setNotice(null)
    for (const state of states) state.clear()
    if (!(await change)) return
    setNotice(success)
    onChange()
  }

  return {
    notice,
    failure: states.find((state) => state.failure)?.failure,
    isBusy: states.some((state) => state.isBusy),
    setRoles: (chosen: Role[]) => run(setRoles({ id, roles: chosen }), t('The roles are saved.')),
    endSessions: () => run(endSessions({ id }), t('All sessions of this user have ended.')),
    resetFactors: () =>
      run(
        resetFactors({ id }),
        t('Their second factors are gone, and a mail with a link for a new password is on its way.'),
      ),
    enable: () => run(enable({ id }), t('This user can log in again.')),
    disable: () => run(disable({ id }), t('This user is disabled, and their sessions have ended.')),
  }
}

interface ManagementProps {
  user: ListedUser
  isSelf: boolean
  onChange(): void
}

/** Lets an administrator set a user's roles, end their sessions, and disable or enable them. */
export function UserManagement({ user, isSelf, onChange }: ManagementProps) {
  const { notice, failure, isBusy, ...changes } = useUserChanges(user, onChange)
  const [isAsking, setAsking] = useState(false)
  const [isResetting, setResetting] = useState(false)
  const { scopes } = useViewer()

  return (
    <div className="stack">
      {failure && <Alert>{describeFailure(failure)}</Alert>}
      {notice && <Notice>{notice}</Notice>}
      <RolesForm user={user} isBusy={isBusy} onSave={changes.setRoles} />
      <div className="form-actions">
        {scopes.includes('audit:read') && (
          <Link href={`/events?user=${user.id}`} className="button button-secondary">
            {t('Events')}
          </Link>
        )}
        <Button isBusy={isBusy} onClick={changes.endSessions}>
          {t('End sessions')}
        </Button>
        {user.secondFactor && !isSelf && (
          <Button isBusy={isBusy} onClick={() => setResetting(true)}>
            {t('Reset second factors')}
          </Button>
        )}
        {user.disabledAt && (
          <Button isBusy={isBusy} onClick={changes.enable}>
            {t('Enable')}
          </Button>
        )}
        {!user.disabledAt && !isSelf && (
          <Button kind="danger" isBusy={isBusy} onClick={() => setAsking(true)}>
            {t('Disable')}
          </Button>
        )}
      </div>
      <Confirm
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        title={t('Disable {{email}}?', { email: user.email })}
        description={t('All their sessions end immediately, and they cannot log in until you enable them again.')}
        action={t('Disable')}
        onConfirm={changes.disable}
      />
      <Confirm
        isOpen={isResetting}
        onClose={() => setResetting(false)}
        title={t('Reset the second factors of {{email}}?', { email: user.email })}
        description={t(
          'Do this only once you know that it is them who asked. Their passkeys, authenticator app and password stop working.',
        )}
        action={t('Reset second factors')}
        onConfirm={changes.resetFactors}
      />
    </div>
  )
}
