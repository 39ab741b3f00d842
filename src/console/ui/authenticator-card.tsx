import { lazy, Suspense, useState } from 'react'
import { useAction } from '../../client/use-action.ts'
import { describeFailure } from '../describe-failure.ts'
import { formatDate } from '../format.ts'
import { ConfirmTotpDocument, RemoveTotpDocument, StartTotpDocument, type StartTotpMutation } from '../gql/graphql.ts'
import { t } from '../translate.ts'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { CodeField } from './code-field.tsx'
import { Confirm } from './confirm.tsx'
import { Form } from './form.tsx'
import { Alert, Notice } from './message.tsx'
import { Translated } from './translated.tsx'

const QrCode = lazy(() => import('./qr-code.tsx'))

type TotpSetup = Extract<NonNullable<StartTotpMutation['startTotp']>, { __typename: 'TotpSetup' }>

interface AuthenticatorCardProps {
  since: string | null
  /** Called after each change; with recovery codes where the app was the first factor. */
  onChange(recoveryCodes?: readonly string[] | null): void
}

/** Provides what a user changes about their authenticator app, with a notice of the last success. */
function useAuthenticatorChanges(onChange: AuthenticatorCardProps['onChange']) {
  const [start, starting] = useAction(StartTotpDocument, { success: ['TotpSetup'] })
  const [remove, removing] = useAction(RemoveTotpDocument, { success: ['Factors'] })
  const [setup, setSetup] = useState<TotpSetup | null>(null)
  const [notice, setNotice] = useState<string | null>(null)

  function clear() {
    setNotice(null)
    starting.clear()
    removing.clear()
  }

  function finish(sentence: string, recoveryCodes?: readonly string[] | null) {
    setSetup(null)
    setNotice(sentence)
    onChange(recoveryCodes)
  }

  return {
    setup,
    notice,
    failure: starting.failure ?? removing.failure,
    isBusy: starting.isBusy || removing.isBusy,
    finish,
    cancel: () => setSetup(null),
    async begin() {
      clear()
      setSetup(await start({}))
    },
    async removeApp() {
      clear()
      if (await remove({})) finish(t('The authenticator app is removed, and your other sessions have ended.'))
    },
  }
}

/** The user's authenticator app: to set up, replace and remove. */
export function AuthenticatorCard({ since, onChange }: AuthenticatorCardProps) {
  const { setup, notice, failure, isBusy, finish, cancel, begin, removeApp } = useAuthenticatorChanges(onChange)
  const [isAsking, setAsking] = useState(false)
  return (
    <Card
      title={t('Authenticator app')}
      description={
        since
          ? t('Set up on {{date}}.', { date: formatDate(since) })
          : t('An app on your phone that shows a new code every 30 seconds.')
      }
    >
      {notice && <Notice>{notice}</Notice>}
      {failure && <Alert>{describeFailure(failure)}</Alert>}
      {setup && (
        <SetupForm
          setup={setup}
          onCancel={cancel}
          onDone={(codes) => finish(t('The authenticator app is set up.'), codes)}
        />
      )}
      {!setup && (
        <div className="form-actions">
          <Button onClick={begin} isBusy={isBusy}>
            {since ? t('Set up another app') : t('Set up an authenticator app')}
          </Button>
          {since && (
            <Button onClick={() => setAsking(true)} isBusy={isBusy}>
              {t('Remove')}
            </Button>
          )}
        </div>
      )}
      <Confirm
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        title={t('Remove the authenticator app?')}
        description={t('Its codes no longer log you in, and your other sessions end.')}
        action={t('Remove')}
        onConfirm={removeApp}
      />
    </Card>
  )
}

interface SetupFormProps {
  setup: TotpSetup
  onCancel(): void
  onDone(recoveryCodes: readonly string[] | null): void
}

function SetupForm({ setup: { secret, uri }, onCancel, onDone }: SetupFormProps) {
  const [confirm, { failure, isBusy }] = useAction(ConfirmTotpDocument, { success: ['ConfirmTotpSuccess'] })
  return (
    <Form
      schema={(schemas) => schemas.codeSchema}
      onSubmit={async ({ code }) => {
        const result = await confirm({ code })
        if (result) onDone(result.recoveryCodes)
        return result
      }}
      failure={failure}
      isBusy={isBusy}
      submit={t('Turn on')}
      aside={<Button onClick={onCancel}>{t('Cancel')}</Button>}
    >
      <div className="setup">
        <Suspense>
          <QrCode text={uri} label={t('The key as a picture to scan')} />
        </Suspense>
        <p>
          <Translated
            text="Scan this with your app, or type this key into it: {{key}}"
            values={{ key: <code className="key">{secret}</code> }}
          />
        </p>
      </div>
      <CodeField hint={t('The six digits that the app shows now.')} autoFocus />
    </Form>
  )
}
