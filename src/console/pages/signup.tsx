import { useState } from 'react'
import { Link, useSearch } from 'wouter'
import { useSignup } from '../../client/use-credentials.ts'
import { keepReturnTo, rememberReturnTo } from '../return-to.ts'
import { settings } from '../settings.ts'
import { t } from '../translate.ts'
import { EmailField } from '../ui/field.tsx'
import { ForVisitors } from '../ui/for-visitors.tsx'
import { Form } from '../ui/form.tsx'
import { PersonFields } from '../ui/person-fields.tsx'
import { ResendVerification } from '../ui/resend-verification.tsx'
import { Translated } from '../ui/translated.tsx'

export default function SignupPage() {
  return settings.signup === 'open' ? <OpenSignup /> : <ClosedSignup />
}

function ClosedSignup() {
  return (
    <ForVisitors title={t('Sign up')}>
      <p>
        {settings.signup === 'invited'
          ? t(
              'New accounts are by invitation. Ask the people who run this service for one, and open the link in their mail.',
            )
          : t('No new accounts are created here.')}
      </p>
      <Link href="/login" className="button button-primary">
        {t('Log in')}
      </Link>
    </ForVisitors>
  )
}

function OpenSignup() {
  const search = useSearch()
  const [signUp, { failure, isBusy }] = useSignup()
  const [mailedTo, setMailedTo] = useState<string | null>(null)

  if (mailedTo) return <CheckYourMail email={mailedTo} />
  return (
    <ForVisitors title={t('Sign up')}>
      <Form
        schema={(schemas) => schemas.signupSchema}
        onSubmit={async (input) => {
          const result = await signUp({ input })
          if (result?.__typename !== 'MailRequested') return
          rememberReturnTo(search)
          setMailedTo(result.email)
        }}
        failure={failure}
        isBusy={isBusy}
        submit={t('Sign up')}
      >
        <PersonFields>
          <EmailField />
        </PersonFields>
      </Form>
      <p className="card-foot">
        {t('Already have an account?')} <Link href={keepReturnTo('/login', search)}>{t('Log in')}</Link>
      </p>
    </ForVisitors>
  )
}

function CheckYourMail({ email }: { email: string }) {
  return (
    <ForVisitors title={t('Check your mail')}>
      <p>
        <Translated
          text="We have sent a link to {{email}}. Open it to verify the address, then log in."
          values={{ email: <strong>{email}</strong> }}
        />
      </p>
      <p className="muted">
        {t('Nothing there after a few minutes? Look into the spam folder, or ask for another one.')}
      </p>
      <ResendVerification email={email} />
    </ForVisitors>
  )
}
