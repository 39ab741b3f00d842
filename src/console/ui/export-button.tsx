import { useState } from 'react'
import type { AuthClient } from '../../client/auth-client.ts'
import { useAuthClient } from '../../client/provider.tsx'
import { saveFile } from '../save-file.ts'
import { t } from '../translate.ts'
import { Button } from './button.tsx'
import { Alert } from './message.tsx'

class ExportError extends Error {}

/** Reads the user's data, after a fresh proof of identity where the service asks for one; null where they declined. */
async function readExport({ reauthentication }: AuthClient): Promise<Blob | null> {
  const response = await fetch('/account/export')
  if (response.ok) return response.blob()
  const { errors } = await response.json()
  const { code, maxAge = null } = errors?.[0]?.extensions ?? {}
  if (code !== 'REAUTHENTICATION_REQUIRED') throw new ExportError(errors?.[0]?.message)
  if (!(await reauthentication.request({ maxAge, needsSecondFactor: false }))) return null
  const again = await fetch('/account/export')
  if (!again.ok) throw new ExportError()
  return again.blob()
}

/** Downloads what is stored about the user. */
export function ExportButton() {
  const authClient = useAuthClient()
  const [isBusy, setBusy] = useState(false)
  const [fault, setFault] = useState<string | null>(null)

  async function download() {
    setBusy(true)
    setFault(null)
    try {
      const file = await readExport(authClient)
      if (file) saveFile(file, 'account.json')
    } catch (error) {
      // Any other error has a text for programmers.
      const message = error instanceof ExportError ? error.message : ''
      setFault(message ? t(message) : t('Your data could not be read. Try again in a few seconds.'))
    }
    setBusy(false)
  }

  return (
    <>
      {fault && <Alert>{fault}</Alert>}
      <div className="form-actions">
        <Button onClick={download} isBusy={isBusy}>
          {t('Download your data')}
        </Button>
      </div>
    </>
  )
}
