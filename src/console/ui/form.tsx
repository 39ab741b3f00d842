import { Form as BaseForm } from '@base-ui/react/form'
import { type FormEvent, type ReactNode, useState } from 'react'
import type * as z from 'zod/mini'
import type { Failure } from '../../client/failure.ts'
import { Button } from './button.tsx'
import { Alert } from './message.tsx'

interface FormProps<TValues> {
  /** What the browser can know of the values. */
  schema: z.ZodMiniType<TValues>
  /** Sends them; the result tells whether the form's passwords may go. */
  onSubmit(values: TValues): Promise<unknown>
  failure: Failure | null
  isBusy: boolean
  submit: string
  kind?: 'primary' | 'danger'
  /** Beside the button. */
  aside?: ReactNode
  children: ReactNode
}

type FieldErrors = Record<string, string>

function clearPasswords(form: HTMLFormElement): void {
  for (const input of form.querySelectorAll<HTMLInputElement>('input[data-secret]')) input.value = ''
}

const toErrors = (fields: readonly { name: string; message: string }[]): FieldErrors =>
  Object.fromEntries(fields.toReversed().map(({ name, message }) => [name, message]))

/** A form that tells faults at their fields, moves the focus there, and keeps what was typed. */
export function Form<TValues>(props: FormProps<TValues>) {
  const { schema, onSubmit, failure, isBusy, submit, kind = 'primary', aside, children } = props
  const [localErrors, setLocalErrors] = useState<FieldErrors | null>(null)
  const [seenFailure, setSeenFailure] = useState<Failure | null>(null)
  const [errors, setErrors] = useState<FieldErrors>({})
  if (failure !== seenFailure) {
    setSeenFailure(failure)
    setErrors(toErrors(failure?.fields ?? []))
  }

  async function handleSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = event.currentTarget
    const parsed = schema.safeParse(Object.fromEntries(new FormData(form)))
    if (!parsed.success) {
      const faults = parsed.error.issues.map(({ path, message }) => ({ name: String(path[0]), message }))
      return setLocalErrors(toErrors(faults))
    }
    setLocalErrors(null)
    await onSubmit(parsed.data)
    clearPasswords(form)
  }

  return (
    <BaseForm className="form" errors={localErrors ?? errors} onSubmit={handleSubmit}>
      {failure && failure.fields.length === 0 && !localErrors && <Alert>{failure.message}</Alert>}
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
