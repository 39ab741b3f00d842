import { useQuery } from '@apollo/client/react'
import { useState } from 'react'
import { Link } from 'wouter'
import type { ReauthenticationPrompt } from '../../client/reauthentication.ts'
import { usePasskeyReauthentication, useReauthenticate } from '../../client/use-credentials.ts'
import { useViewer } from '../../client/use-viewer.ts'
import { describeFailure } from '../describe-failure.ts'
import { FactorsDocument, type FactorsQuery } from '../gql/graphql.ts'
import { t } from '../translate.ts'
import { Button } from './button.tsx'
import { CodeField } from './code-field.tsx'
import { Dialog } from './dialog.tsx'
import { Form } from './form.tsx'
import { Alert } from './message.tsx'
import { PasswordField } from './password-field.tsx'
import { Skeleton } from './skeleton.tsx'

interface StepUpDialogProps {
  prompt: ReauthenticationPrompt
  onCancel(): void
}

/** Asks for a proof of identity before something that needs a fresh one; what was asked for then goes on by itself. */
export default function StepUpDialog({ prompt, onCancel }: StepUpDialogProps) {
  const hasFactor = useViewer().user?.secondFactor === true
  const isMissing = prompt.needsSecondFactor && !hasFactor
  return (
    <Dialog
      onClose={onCancel}
      title={t('Confirm that it’s you')}
      description={
        isMissing
          ? t('This needs a second factor, and you have none yet.')
          : t('You logged in a while ago. Confirm to go on.')
      }
    >
      {isMissing && (
        <div className="form-actions">
          <Link href="/security" className="button button-primary" onClick={onCancel}>
            {t('Set one up')}
          </Link>
          <Button onClick={onCancel}>{t('Cancel')}</Button>
        </div>
      )}
      {!isMissing && hasFactor && <FactorProof onCancel={onCancel} />}
      {!isMissing && !hasFactor && <PasswordProof onCancel={onCancel} />}
    </Dialog>
  )
}

function PasswordProof({ onCancel }: { onCancel(): void }) {
  const [reauthenticate, { failure, isBusy }] = useReauthenticate()
  return (
    <Form
      schema={(schemas) => schemas.passwordSchema}
      onSubmit={({ password }) => reauthenticate(password)}
      failure={failure}
      isBusy={isBusy}
      submit={t('Confirm')}
      aside={<Button onClick={onCancel}>{t('Cancel')}</Button>}
    >
      <PasswordField autoFocus />
    </Form>
  )
}

function FactorProof({ onCancel }: { onCancel(): void }) {
  const { data, loading } = useQuery(FactorsDocument, { fetchPolicy: 'network-only' })
  if (loading) return <Skeleton lines={3} label={t('Loading')} />
  const hasPasskey = data?.factors?.passkeys.some(({ loginCapable }) => loginCapable) ?? false
  return (
    <>
      {hasPasskey && <PasskeyProof />}
      <PasswordAndCodeProof factors={data?.factors ?? null} autoFocus={!hasPasskey} onCancel={onCancel} />
    </>
  )
}

function PasskeyProof() {
  const [reauthenticate, { failure, isBusy }] = usePasskeyReauthentication()
  return (
    <>
      {failure && <Alert>{describeFailure(failure)}</Alert>}
      <Button kind="primary" onClick={reauthenticate} isBusy={isBusy} autoFocus>
        {t('Confirm with a passkey')}
      </Button>
    </>
  )
}

interface PasswordAndCodeProps {
  factors: FactorsQuery['factors'] | null
  autoFocus: boolean
  onCancel(): void
}

function PasswordAndCodeProof({ factors, autoFocus, onCancel }: PasswordAndCodeProps) {
  const [reauthenticate, { failure, isBusy }] = useReauthenticate()
  const hasApp = factors?.totpSince != null
  const [wantsRecoveryCode, setWantsRecoveryCode] = useState(false)
  const isRecoveryCode = wantsRecoveryCode || !hasApp
  return (
    <Form
      schema={(schemas) => schemas.passwordAndCodeSchema}
      onSubmit={({ password, code }) => reauthenticate(password, code)}
      failure={failure}
      isBusy={isBusy}
      submit={t('Confirm')}
      aside={<Button onClick={onCancel}>{t('Cancel')}</Button>}
    >
      <PasswordField autoFocus={autoFocus} />
      <CodeField isRecoveryCode={isRecoveryCode} />
      {!isRecoveryCode && (
        <button type="button" className="link" onClick={() => setWantsRecoveryCode(true)}>
          {t('Use a recovery code')}
        </button>
      )}
    </Form>
  )
}
