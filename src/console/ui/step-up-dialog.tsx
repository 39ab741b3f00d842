import { useReauthenticate } from '../../client/use-credentials.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Form } from './form.tsx'
import { PasswordField } from './password-field.tsx'

/** Asks for the password before something that needs a fresh proof; what was asked for then goes on by itself. */
export default function StepUpDialog({ onCancel }: { onCancel(): void }) {
  const [reauthenticate, { failure, isBusy }] = useReauthenticate()
  return (
    <Dialog
      onClose={onCancel}
      title="Confirm that it’s you"
      description="You logged in a while ago. Enter your password to go on."
    >
      <Form
        schema={(schemas) => schemas.passwordSchema}
        onSubmit={({ password }) => reauthenticate(password)}
        failure={failure}
        isBusy={isBusy}
        submit="Confirm"
        aside={<Button onClick={onCancel}>Cancel</Button>}
      >
        <PasswordField autoFocus />
      </Form>
    </Dialog>
  )
}
