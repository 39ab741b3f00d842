import { Field } from '@base-ui/react/field'
import type { ComponentProps, ReactNode } from 'react'
import { t } from '../translate.ts'

interface TextFieldProps extends Omit<ComponentProps<typeof Field.Control>, 'className'> {
  name: string
  label: string
  hint?: ReactNode
  isOptional?: boolean
  /** Stands at the end of the input. */
  addition?: ReactNode
}

/** One line of text with its label; the form's error for its name is told below it. */
export function TextField({ name, label, hint, isOptional = false, addition, ...control }: TextFieldProps) {
  return (
    <Field.Root name={name} className="field">
      <div className="field-head">
        <Field.Label className="label">{label}</Field.Label>
        {isOptional && <span className="muted small">{t('Optional')}</span>}
      </div>
      <div className="control">
        <Field.Control className="input" aria-required={!isOptional} {...control} />
        {addition}
      </div>
      <Field.Error className="field-error" role="alert" />
      {hint && (
        <Field.Description render={<div />} className="muted small">
          {hint}
        </Field.Description>
      )}
    </Field.Root>
  )
}

/** The address that somebody is known by. */
export function EmailField(props: Partial<TextFieldProps>) {
  return (
    <TextField
      name="email"
      label={t('Email')}
      type="text"
      inputMode="email"
      autoComplete="username"
      autoCapitalize="none"
      spellCheck={false}
      {...props}
    />
  )
}
