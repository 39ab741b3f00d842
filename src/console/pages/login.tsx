import { useState } from 'react'
import { Link, useSearch } from 'wouter'
import type { SignOutReason } from '../../client/auth-client.ts'
import { useLogin } from '../../client/use-credentials.ts'
import type { SecondFactorRequired } from '../../client/use-second-factor.ts'
import { useViewer } from '../../client/use-viewer.ts'
import { keepReturnTo } from '../return-to.ts'
import { settings } from '../settings.ts'
import { t } from '../translate.ts'
import { EmailField } from '../ui/field.tsx'
import { ForVisitors } from '../ui/for-visitors.tsx'
import { Form } from '../ui/form.tsx'
import { PasskeyLogin } from '../ui/passkey-login.tsx'
import { PasswordField } from '../ui/password-field.tsx'
import { ResendVerification } from '../ui/resend-verification.tsx'
import { SecondFactor } from '../ui/second-factor.tsx'

const REASONS: Record<SignOutReason, () => string> = {
  EXPIRED: () => t('Your session has expired. Log in to go on.'),
  REVOKED: () => t('Your session on this device was ended. Log in to go on.'),
  PASSWORD_CHANGED: () => t('Your password was changed, so you have to log in again.'),
  USER_GONE: () => t('You have been signed out: this account is not available any more.'),
  UNKNOWN: () => t('You have been signed out. Log in to go on.'),
}

export default function LoginPage() {
  const [required, setRequired] = useState<SecondFactorRequired | null>(null)
  return required ? (
    <SecondFactor required={required} onRestart={() => setRequired(null)} />
  ) : (
    <PasswordLogin onSecondFactor={setRequired} />
  )
}

function PasswordLogin({ onSecondFactor }: { onSecondFactor(required: SecondFactorRequired): void }) {
  const search = useSearch()
  const { endReason } = useViewer()
  const [logIn, { failure, isBusy }] = useLogin()
  const [email, setEmail] = useState('')
  const [rememberMe, setRememberMe] = useState(false)
  return (
    <ForVisitors title={t('Log in')}>
      {endReason && !failure && (
        <div className="message message-warning" role="status">
          {REASONS[endReason]()}
        </div>
      )}
      <Form
        schema={(schemas) => schemas.loginSchema}
        onSubmit={async ({ email, password }) => {
          setEmail(email)
          const result = await logIn({ input: { email, password, rememberMe } })
          if (result?.__typename === 'SecondFactorRequired') onSecondFactor(result)
          return result
        }}
        failure={failure}
        isBusy={isBusy}
        submit={t('Log in')}
      >
        <EmailField autoComplete="username webauthn" autoFocus />
        <PasswordField />
        <div className="form-row">
          <label className="check">
            <input type="checkbox" checked={rememberMe} onChange={({ target }) => setRememberMe(target.checked)} />
            {t('Remember me')}
          </label>
          <Link href={keepReturnTo('/forgot-password', search)}>{t('Forgot your password?')}</Link>
        </div>
      </Form>
      {failure?.code === 'EmailNotVerified' && <ResendVerification email={email} />}
      <PasskeyLogin rememberMe={rememberMe} />
      {settings.signup === 'open' && (
        <p className="card-foot">
          {t('New here?')} <Link href={keepReturnTo('/signup', search)}>{t('Create an account')}</Link>
        </p>
      )}
    </ForVisitors>
  )
}
