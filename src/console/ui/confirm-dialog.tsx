import { AlertDialog } from '@base-ui/react/alert-dialog'
import type { ReactNode } from 'react'
import { t } from '../translate.ts'
import { Button } from './button.tsx'

export interface ConfirmDialogProps {
  onClose(): void
  title: string
  description: ReactNode
  action: string
  onConfirm(): void
}

/** Asks before something that cannot be undone. */
export default function ConfirmDialog({ onClose, title, description, action, onConfirm }: ConfirmDialogProps) {
  return (
    <AlertDialog.Root open onOpenChange={(open) => !open && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog">
          <AlertDialog.Title className="dialog-title">{title}</AlertDialog.Title>
          <AlertDialog.Description className="muted">{description}</AlertDialog.Description>
          <div className="form-actions">
            <Button
              kind="danger"
              onClick={() => {
                onClose()
                onConfirm()
              }}
            >
              {action}
            </Button>
            <Button onClick={onClose}>{t('Cancel')}</Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
