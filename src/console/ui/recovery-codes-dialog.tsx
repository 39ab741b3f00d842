import { useEffect, useState } from 'react'
import { saveFile } from '../save-file.ts'
import { settings } from '../settings.ts'
import { t } from '../translate.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Alert, Notice } from './message.tsx'

interface RecoveryCodesDialogProps {
  codes: readonly string[]
  onKept(): void
}

/** Asks the browser to ask before the page goes away. */
function useHeldPage(): void {
  useEffect(() => {
    const hold = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', hold)
    return () => window.removeEventListener('beforeunload', hold)
  }, [])
}

/** Shows new recovery codes, once, and goes away only when the user says that they are kept. */
export default function RecoveryCodesDialog({ codes, onKept }: RecoveryCodesDialogProps) {
  const [isKept, setKept] = useState(false)
  const [isAsked, setAsked] = useState(false)
  const [isCopied, setCopied] = useState(false)
  useHeldPage()
  const heading = t('Recovery codes for {{service}}', { service: settings.serviceName })
  const text = `${heading}\n\n${codes.join('\n')}\n`
  const copy = () =>
    navigator.clipboard.writeText(codes.join('\n')).then(
      () => setCopied(true),
      () => setCopied(false),
    )

  return (
    <Dialog
      onClose={() => setAsked(true)}
      title={t('Keep your recovery codes')}
      description={t('Each of them stands in once for your passkey or app if you lose it. They are shown only now.')}
    >
      <ul className="codes" aria-label={t('Recovery codes')}>
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div className="form-actions">
        <Button onClick={copy}>{t('Copy')}</Button>
        <Button onClick={() => saveFile(new Blob([text], { type: 'text/plain' }), 'recovery-codes.txt')}>
          {t('Save')}
        </Button>
        <Button onClick={() => window.print()}>{t('Print')}</Button>
      </div>
      {isCopied && <Notice>{t('Copied.')}</Notice>}
      {isAsked && !isKept && <Alert>{t('Say first that you have kept the codes.')}</Alert>}
      <label className="check">
        <input type="checkbox" checked={isKept} onChange={({ target }) => setKept(target.checked)} />
        {t('I have kept these codes')}
      </label>
      <div className="form-actions">
        <Button kind="primary" onClick={() => (isKept ? onKept() : setAsked(true))}>
          {t('Done')}
        </Button>
      </div>
    </Dialog>
  )
}
