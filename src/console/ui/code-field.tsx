import { t } from '../translate.ts'
import { TextField } from './field.tsx'

interface CodeFieldProps {
  /** Whether it is for a recovery code, which has letters. */
  isRecoveryCode?: boolean
  autoFocus?: boolean
  hint?: string
}

/** The code of an authenticator app, or a recovery code. */
export function CodeField({ isRecoveryCode = false, ...props }: CodeFieldProps) {
  return (
    <TextField
      key={String(isRecoveryCode)}
      name="code"
      label={isRecoveryCode ? t('Recovery code') : t('Code')}
      type="text"
      inputMode={isRecoveryCode ? 'text' : 'numeric'}
      autoComplete={isRecoveryCode ? 'off' : 'one-time-code'}
      autoCapitalize="none"
      spellCheck={false}
      {...props}
    />
  )
}
