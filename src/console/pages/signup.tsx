import { useRef, useState } from 'react'
import { Link, useSearch } from 'wouter'
import { useSignup } from '../../client/use-credentials.ts'
import { keepReturnTo, rememberReturnTo } from '../return-to.ts'
import { EmailField, TextField } from '../ui/field.tsx'
import { ForVisitors } from '../ui/for-visitors.tsx'
import { Form } from '../ui/form.tsx'
import { NewPasswordField } from '../ui/new-password-field.tsx'
import { ResendVerification } from '../ui/resend-verification.tsx'

export default function SignupPage() {
  const search = useSearch()
  const [signUp, { failure, isBusy }] = useSignup()
  const [mailedTo, setMailedTo] = useState<string | null>(null)
  const fields = useRef<HTMLDivElement>(null)

  const readOwnData = () =>
    [...(fields.current?.querySelectorAll<HTMLInputElement>('input:not([data-secret])') ?? [])].map(
      ({ value }) => value,
    )

  if (mailedTo) return <CheckYourMail email={mailedTo} />
  return (
    <ForVisitors title="Sign up">
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
        submit="Sign up"
      >
        <div className="form" ref={fields}>
          <div className="form-columns">
            <TextField name="firstName" label="First name" autoComplete="given-name" isOptional />
            <TextField name="lastName" label="Last name" autoComplete="family-name" isOptional />
          </div>
          <EmailField />
          <NewPasswordField name="password" label="Password" readOwnData={readOwnData} />
        </div>
      </Form>
      <p className="card-foot">
        Already have an account? <Link href={keepReturnTo('/login', search)}>Log in</Link>
      </p>
    </ForVisitors>
  )
}

function CheckYourMail({ email }: { email: string }) {
  return (
    <ForVisitors title="Check your mail">
      <p>
        We have sent a link to <strong>{email}</strong>. Open it to verify the address, then log in.
      </p>
      <p className="muted">Nothing there after a few minutes? Look into the spam folder, or ask for another one.</p>
      <ResendVerification email={email} />
    </ForVisitors>
  )
}
