import { useReauthenticate } from '../../client/use-credentials.ts'
import { useReauthenticationPrompt } from '../../client/use-reauthentication-prompt.ts'
import { passwordSchema } from '../validation.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Form } from './form.tsx'
import { PasswordField } from './password-field.tsx'

/** Asks for the password before something that needs a fresh proof; what was asked for then goes on by itself. */
export function StepUpDialog() {
  const { prompt, cancel } = useReauthenticationPrompt()
  const [reauthenticate, { failure, isBusy, clear }] = useReauthenticate()

  function close() {
    clear()
    cancel()
  }

  return (
    <Dialog
      isOpen={prompt !== null}
      onClose={close}
      title="Confirm that it’s you"
      description="You logged in a while ago. Enter your password to go on."
    >
      <Form
        schema={passwordSchema}
        onSubmit={({ password }) => reauthenticate(password)}
        failure={failure}
        isBusy={isBusy}
        submit="Confirm"
        aside={<Button onClick={close}>Cancel</Button>}
      >
        <PasswordField autoFocus />
      </Form>
    </Dialog>
  )
}
