import { Button as BaseButton } from '@base-ui/react/button'
import type { ComponentProps } from 'react'

interface ButtonProps extends Omit<ComponentProps<'button'>, 'disabled'> {
  kind?: 'primary' | 'secondary' | 'danger' | 'quiet'
  isBusy?: boolean
}

/** A button that stays focused while what it started runs. */
export function Button({ kind = 'secondary', isBusy = false, type = 'button', children, ...props }: ButtonProps) {
  return (
    <BaseButton
      {...props}
      type={type}
      className={`button button-${kind}`}
      disabled={isBusy}
      focusableWhenDisabled
      aria-busy={isBusy || undefined}
    >
      {children}
    </BaseButton>
  )
}
