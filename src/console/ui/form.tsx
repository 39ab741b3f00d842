import { Form as BaseForm } from '@base-ui/react/form'
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import type * as z from 'zod/mini'
import type { Failure } from '../../client/failure.ts'
import { describeFailure } from '../describe-failure.ts'
import { t } from '../translate.ts'
import { Button } from './button.tsx'
import { Alert } from './message.tsx'

interface FormProps<TValues> {
  /** Picks what the browser can know of the values. */
  schema(schemas: Schemas): z.ZodMiniType<TValues>
  /** Sends them; the result is nothing where it did not work. */
  onSubmit(values: TValues): Promise<unknown>
  failure: Failure | null
  isBusy: boolean
  submit: string
  kind?: 'primary' | 'danger'
  /** Beside the button. */
  aside?: ReactNode
  children: ReactNode
}

type Schemas = typeof import('../validation.ts')

/** Loaded once a form is shown, so that the page is there before. */
const loadSchemas = (): Promise<Schemas> => import('../validation.ts')

type FieldErrors = Record<string, string>

/** Empties inputs so that React hears of it, too. */
function clearInputs(form: HTMLFormElement, selector: string): void {
  const setter = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set
  for (const input of form.querySelectorAll<HTMLInputElement>(selector)) {
    setter?.call(input, '')
    input.dispatchEvent(new Event('input', { bubbles: true }))
  }
}

function focusFault(form: HTMLFormElement | null, [fault]: Failure['fields']): void {
  const input = fault ? form?.elements.namedItem(fault.name) : form?.querySelector('input[data-secret]')
  if (!(input instanceof HTMLInputElement)) return
  input.focus()
  // A wrong code is typed anew, not mended.
  if (input.autocomplete === 'one-time-code') input.select()
}

const toErrors = (fields: readonly { name: string; message: string }[]): FieldErrors =>
  Object.fromEntries(fields.toReversed().map(({ name, message }) => [name, message]))

/** A form that tells faults at their fields, moves the focus there, and keeps what was typed. */
export function Form<TValues>(props: FormProps<TValues>) {
  const { schema, onSubmit, failure, isBusy, submit, kind = 'primary', aside, children } = props
  const element = useRef<HTMLFormElement>(null)
  const [isOffline, setOffline] = useState(false)
  const [localErrors, setLocalErrors] = useState<FieldErrors | null>(null)
  const [seenFailure, setSeenFailure] = useState<Failure | null>(null)
  const [errors, setErrors] = useState<FieldErrors>({})
  if (failure !== seenFailure) {
    setSeenFailure(failure)
    setErrors(toErrors((failure?.fields ?? []).map(({ name, message }) => ({ name, message: t(message) }))))
  }

  async function handleSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = event.currentTarget
    const values = Object.fromEntries(new FormData(form))
    const schemas = await loadSchemas().catch(() => null)
    setOffline(schemas === null)
    if (!schemas) return
    const parsed = schema(schemas).safeParse(values)
    if (!parsed.success) {
      const faults = parsed.error.issues.map(({ path, message }) => ({ name: String(path[0]), message }))
      return setLocalErrors(toErrors(faults))
    }
    setLocalErrors(null)
    // A new password that was refused is there to be changed; one that was given wrongly is typed again.
    const isDone = await onSubmit(parsed.data)
    clearInputs(form, isDone ? 'input[data-secret]' : 'input[autocomplete="current-password"]')
  }

  useEffect(() => void loadSchemas().catch(() => {}), [])
  useEffect(() => {
    if (failure) focusFault(element.current, failure.fields)
  }, [failure])

  return (
    <BaseForm ref={element} className="form" errors={localErrors ?? errors} onSubmit={handleSubmit}>
      {failure && failure.fields.length === 0 && !localErrors && <Alert>{describeFailure(failure)}</Alert>}
      {isOffline && <Alert>{t('The service cannot be reached. Check your connection and try again.')}</Alert>}
      {children}
      <div className="form-actions">
        <Button type="submit" kind={kind} isBusy={isBusy}>
          {submit}
        </Button>
        {aside}
      </div>
    </BaseForm>
  )
}
