import { type ReactNode, useState } from 'react'
import { t } from '../translate.ts'
import { TextField } from './field.tsx'

interface PasswordFieldProps {
  name?: string
  label?: string
  autoComplete?: 'current-password' | 'new-password'
  hint?: ReactNode
  autoFocus?: boolean
  onValueChange?(value: string): void
  onFocus?(): void
}

/** A password that can be shown, so that long ones are typed without mistakes. */
export function PasswordField(props: PasswordFieldProps) {
  const { name = 'password', label = t('Password'), autoComplete = 'current-password', ...control } = props
  const [isShown, setShown] = useState(false)
  return (
    <TextField
      name={name}
      label={label}
      type={isShown ? 'text' : 'password'}
      autoComplete={autoComplete}
      autoCapitalize="none"
      spellCheck={false}
      data-secret
      addition={
        <button type="button" className="reveal" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
          {isShown ? t('Hide') : t('Show')}
        </button>
      }
      {...control}
    />
  )
}
