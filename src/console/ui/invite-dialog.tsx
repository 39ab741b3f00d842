import { useState } from 'react'
import { useAction } from '../../client/use-action.ts'
import { InviteUserDocument, type Role } from '../gql/graphql.ts'
import { t } from '../translate.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { EmailField } from './field.tsx'
import { Form } from './form.tsx'
import { RoleChoice } from './role-choice.tsx'

interface InviteDialogProps {
  onClose(): void
  /** Called with the address that the invitation goes to. */
  onInvited(email: string): void
}

/** Asks whom to invite, and with which roles. */
export default function InviteDialog({ onClose, onInvited }: InviteDialogProps) {
  const [roles, setRoles] = useState<readonly Role[]>([])
  const [invite, { failure, isBusy }] = useAction(InviteUserDocument, { success: ['MailRequested'] })
  return (
    <Dialog
      onClose={onClose}
      title={t('Invite somebody')}
      description={t('They get a mail with a link to create their account. It is good for seven days.')}
    >
      <Form
        schema={(schemas) => schemas.emailSchema}
        onSubmit={async ({ email }) => {
          const result = await invite({ input: { email, roles: [...roles] } })
          if (result) onInvited(result.email)
          return result
        }}
        failure={failure}
        isBusy={isBusy}
        submit={t('Send invitation')}
        aside={<Button onClick={onClose}>{t('Cancel')}</Button>}
      >
        <EmailField autoComplete="off" autoFocus />
        <RoleChoice chosen={roles} onChange={setRoles} />
      </Form>
    </Dialog>
  )
}
