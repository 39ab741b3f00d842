import { useState } from 'react'
import { type SecondFactorRequired, useSecondFactor } from '../../client/use-second-factor.ts'
import { describeFailure } from '../describe-failure.ts'
import { t } from '../translate.ts'
import { Button } from './button.tsx'
import { CodeField } from './code-field.tsx'
import { ForVisitors } from './for-visitors.tsx'
import { Form } from './form.tsx'
import { Alert } from './message.tsx'

interface SecondFactorProps {
  required: SecondFactorRequired
  /** Goes back to the password: a login waits five minutes, and for five tries. */
  onRestart(): void
}

/** The second step of a login: a code of the authenticator app, a recovery code, or a passkey. */
export function SecondFactor({ required, onRestart }: SecondFactorProps) {
  const { proveWithCode, proveWithPasskey, failure, isBusy } = useSecondFactor(required)
  const has = (method: SecondFactorRequired['methods'][number]) => required.methods.includes(method)
  const [isRecoveryCode, setRecoveryCode] = useState(false)
  const hasField = has('TOTP') || isRecoveryCode
  if (failure?.code === 'InvalidToken') return <OverLogin onRestart={onRestart} />
  return (
    <ForVisitors
      title={hasField ? t('Enter a code') : t('Use your passkey')}
      lead={isRecoveryCode ? t('Each recovery code works once.') : t('Your password is right. Now show that it’s you.')}
    >
      {has('PASSKEY') && !isRecoveryCode && (
        <div className="form-actions">
          <Button kind={has('TOTP') ? 'secondary' : 'primary'} onClick={proveWithPasskey} isBusy={isBusy}>
            {t('Use a passkey')}
          </Button>
        </div>
      )}
      {failure && !(hasField && failure.fields.length > 0) && <Alert>{describeFailure(failure)}</Alert>}
      {hasField && (
        <Form
          schema={(schemas) => schemas.codeSchema}
          onSubmit={({ code }) => proveWithCode(code)}
          failure={failure?.fields.length ? failure : null}
          isBusy={isBusy}
          submit={t('Log in')}
        >
          <CodeField
            autoFocus
            isRecoveryCode={isRecoveryCode}
            hint={isRecoveryCode ? t('One of those that you kept.') : t('The six digits in your authenticator app.')}
          />
        </Form>
      )}
      <div className="card-foot form-actions">
        {has('RECOVERY_CODE') && !isRecoveryCode && (
          <Button onClick={() => setRecoveryCode(true)}>{t('Use a recovery code')}</Button>
        )}
        {isRecoveryCode && <Button onClick={() => setRecoveryCode(false)}>{t('Use another way')}</Button>}
        <Button onClick={onRestart}>{t('Back to the login')}</Button>
      </div>
    </ForVisitors>
  )
}

const OverLogin = ({ onRestart }: { onRestart(): void }) => (
  <ForVisitors title={t('Log in again')}>
    <Alert>{t('This login took more than five minutes, or too many codes were wrong.')}</Alert>
    <div className="form-actions">
      <Button kind="primary" onClick={onRestart}>
        {t('Back to the login')}
      </Button>
    </div>
  </ForVisitors>
)
