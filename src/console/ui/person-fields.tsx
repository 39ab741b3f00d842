import { type ReactNode, useRef } from 'react'
import { t } from '../translate.ts'
import { TextField } from './field.tsx'
import { NewPasswordField } from './new-password-field.tsx'

/** What a new user says about themself, with the password last; `children` stand in between. */
export function PersonFields({ children }: { children?: ReactNode }) {
  const fields = useRef<HTMLDivElement>(null)
  const readOwnData = () =>
    [...(fields.current?.querySelectorAll<HTMLInputElement>('input:not([data-secret])') ?? [])].map(
      ({ value }) => value,
    )
  return (
    <div className="form" ref={fields}>
      <div className="form-columns">
        <TextField name="firstName" label={t('First name')} autoComplete="given-name" isOptional />
        <TextField name="lastName" label={t('Last name')} autoComplete="family-name" isOptional />
      </div>
      {children}
      <NewPasswordField name="password" label={t('Password')} readOwnData={readOwnData} />
    </div>
  )
}
