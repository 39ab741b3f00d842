import { useState, useSyncExternalStore } from 'react'
import { Link } from 'wouter'
import { useAuthClient } from '../../client/provider.tsx'
import { useAction } from '../../client/use-action.ts'
import { ResetPasswordDocument } from '../gql/graphql.ts'
import { linkToken } from '../link-token.ts'
import { recallReturnTo } from '../return-to.ts'
import { t } from '../translate.ts'
import { DeadLink } from '../ui/dead-link.tsx'
import { Form } from '../ui/form.tsx'
import { Notice } from '../ui/message.tsx'
import { NewPasswordField } from '../ui/new-password-field.tsx'
import { Page } from '../ui/page.tsx'

export default function ResetPasswordPage() {
  const token = useSyncExternalStore(linkToken.subscribe, linkToken.get)
  const [email, setEmail] = useState<string | null>(() => history.state?.resetEmail ?? null)

  function finish(address: string) {
    // Kept with the page's entry, since the sign-out that may follow mounts the page anew.
    history.replaceState({ resetEmail: address }, '')
    linkToken.set(null)
    setEmail(address)
  }

  return (
    <Page title={t('Set a new password')} isNarrow>
      <div className="card">
        {email ? <Done email={email} /> : token ? <ResetForm token={token} onDone={finish} /> : <Dead />}
      </div>
    </Page>
  )
}

function ResetForm({ token, onDone }: { token: string; onDone(email: string): void }) {
  const authClient = useAuthClient()
  const [reset, { failure, isBusy }] = useAction(ResetPasswordDocument, { success: ['ResetPasswordSuccess'] })
  if (failure?.code === 'InvalidToken') return <Dead />

  async function send(newPassword: string) {
    const result = await reset({ input: { token, newPassword } })
    if (!result) return
    onDone(result.email)
    // The new password ended this browser's session, too, where it was the same user's.
    await authClient.checkSession()
  }

  return (
    <Form
      schema={(schemas) => schemas.resetSchema}
      onSubmit={({ newPassword }) => send(newPassword)}
      failure={failure}
      isBusy={isBusy}
      submit={t('Set password')}
    >
      <NewPasswordField name="newPassword" label={t('New password')} readOwnData={() => []} />
    </Form>
  )
}

function Done({ email }: { email: string }) {
  return (
    <>
      <Notice>{t('Your new password is set, and you have been signed out everywhere.')}</Notice>
      <p className="muted">{t('Log in as {{email}} to go on.', { email })}</p>
      <Link href={`/login${recallReturnTo()}`} className="button button-primary">
        {t('Go to log in')}
      </Link>
    </>
  )
}

const Dead = () => (
  <DeadLink>
    {t('Links to set a password are good for an hour, and only once.')}{' '}
    <Link href="/forgot-password">{t('Ask for a new one')}</Link>.
  </DeadLink>
)
