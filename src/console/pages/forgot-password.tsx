import { useState } from 'react'
import { Link, useSearch } from 'wouter'
import { useAction } from '../../client/use-action.ts'
import { RequestPasswordResetDocument } from '../gql/graphql.ts'
import { keepReturnTo, rememberReturnTo } from '../return-to.ts'
import { t } from '../translate.ts'
import { Button } from '../ui/button.tsx'
import { EmailField } from '../ui/field.tsx'
import { Form } from '../ui/form.tsx'
import { Notice } from '../ui/message.tsx'
import { Page } from '../ui/page.tsx'
import { Translated } from '../ui/translated.tsx'

export default function ForgotPasswordPage() {
  const search = useSearch()
  const [request, { failure, isBusy, clear }] = useAction(RequestPasswordResetDocument, { success: ['MailRequested'] })
  const [mailedTo, setMailedTo] = useState<string | null>(null)

  async function send(email: string) {
    if (!(await request({ email }))) return
    rememberReturnTo(search)
    setMailedTo(email)
  }

  return (
    <Page title={t('Forgot your password?')} isNarrow>
      <div className="card">
        {mailedTo ? (
          <>
            <Notice>
              <Translated
                text="If somebody has signed up as {{email}}, a link to set a new password is on its way."
                values={{ email: <strong>{mailedTo}</strong> }}
              />
            </Notice>
            <p className="muted">{t('The link is good for an hour. Look into the spam folder, too.')}</p>
            <Button
              onClick={() => {
                clear()
                setMailedTo(null)
              }}
            >
              {t('Use another address')}
            </Button>
          </>
        ) : (
          <>
            <p className="muted">
              {t('Enter the address you signed up with. We’ll send you a link to set a new password.')}
            </p>
            <Form
              schema={(schemas) => schemas.emailSchema}
              onSubmit={({ email }) => send(email)}
              failure={failure}
              isBusy={isBusy}
              submit={t('Send the link')}
            >
              <EmailField autoFocus />
            </Form>
          </>
        )}
        <p className="card-foot">
          <Link href={keepReturnTo('/login', search)}>{t('Back to log in')}</Link>
        </p>
      </div>
    </Page>
  )
}
