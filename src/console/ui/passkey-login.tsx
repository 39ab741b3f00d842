import { usePasskeyLogin } from '../../client/use-passkey-login.ts'
import { describeFailure } from '../describe-failure.ts'
import { t } from '../translate.ts'
import { Button } from './button.tsx'
import { Alert } from './message.tsx'

/** Logs in without a password: by the button, or by the suggestions for the email field. */
export function PasskeyLogin({ rememberMe }: { rememberMe: boolean }) {
  const [logIn, { failure, isBusy }] = usePasskeyLogin({ rememberMe, autofill: true })
  return (
    <div className="stack">
      {failure && <Alert>{describeFailure(failure)}</Alert>}
      <Button onClick={logIn} isBusy={isBusy}>
        {t('Log in with a passkey')}
      </Button>
    </div>
  )
}
