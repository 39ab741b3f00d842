import { useDeferredValue, useEffect, useState } from 'react'
import type { Strength } from '../password-strength.ts'
import { settings } from '../settings.ts'
import { t } from '../translate.ts'
import { PasswordField } from './password-field.tsx'

type Estimate = (password: string, ownData: readonly string[]) => Strength

const LEVELS: Record<Strength, { value: number; describe(): string }> = {
  weak: { value: 1, describe: () => t('Too easy to guess') },
  fair: { value: 2, describe: () => t('Fair') },
  good: { value: 3, describe: () => t('Good') },
  strong: { value: 4, describe: () => t('Strong') },
}

interface NewPasswordFieldProps {
  name: string
  label: string
  /** Reads what the user gave of themself: none of it makes a good password. */
  readOwnData(): readonly string[]
}

/** A password with its rules, told while it is typed. The list of known passwords is loaded when it is first needed. */
export function NewPasswordField({ name, label, readOwnData }: NewPasswordFieldProps) {
  const [password, setPassword] = useState('')
  const [isWanted, setWanted] = useState(false)
  const [estimate, setEstimate] = useState<{ run: Estimate } | null>(null)
  const typed = useDeferredValue(password)

  useEffect(() => {
    if (!isWanted) return
    // Without the list the service still judges; only the meter is missing.
    import('../password-strength.ts').then((module) => setEstimate({ run: module.estimateStrength })).catch(() => {})
  }, [isWanted])

  const length = [...typed.normalize('NFKC')].length
  const isLong = length >= settings.minPasswordLength
  const strength = typed && estimate ? estimate.run(typed, [...readOwnData(), settings.serviceName]) : null
  return (
    <PasswordField
      name={name}
      label={label}
      autoComplete="new-password"
      onValueChange={setPassword}
      onFocus={() => setWanted(true)}
      hint={
        <>
          {strength && <StrengthMeter strength={isLong ? strength : 'weak'} isLong={isLong} />}
          <ul className="rules">
            <Rule isMet={isLong}>
              {typed && !isLong
                ? t('At least {{min}} characters ({{length}} so far)', { min: settings.minPasswordLength, length })
                : t('At least {{min}} characters', { min: settings.minPasswordLength })}
            </Rule>
            <Rule isMet={strength !== null && isLong && strength !== 'weak'}>
              {t('Not a common phrase, and not made of your name or email')}
            </Rule>
          </ul>
        </>
      }
    />
  )
}

function StrengthMeter({ strength, isLong }: { strength: Strength; isLong: boolean }) {
  const { value, describe } = LEVELS[strength]
  return (
    <div className="strength">
      <meter aria-label={t('Strength')} min={0} max={4} low={2} high={3} optimum={4} value={value} />
      <span>{isLong ? describe() : t('Too short')}</span>
    </div>
  )
}

function Rule({ isMet, children }: { isMet: boolean; children: React.ReactNode }) {
  return (
    <li className={isMet ? 'rule rule-met' : 'rule'}>
      {children}
      {isMet && <span className="visually-hidden">{t('(met)')}</span>}
    </li>
  )
}
