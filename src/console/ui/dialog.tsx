import { AlertDialog } from '@base-ui/react/alert-dialog'
import { Dialog as BaseDialog } from '@base-ui/react/dialog'
import type { ReactNode } from 'react'
import { Button } from './button.tsx'

interface DialogProps {
  isOpen: boolean
  onClose(): void
  title: string
  description: ReactNode
  children: ReactNode
}

/** A modal window that keeps the focus until it is closed. */
export function Dialog({ isOpen, onClose, title, description, children }: DialogProps) {
  return (
    <BaseDialog.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className="backdrop" />
        <BaseDialog.Popup className="dialog">
          <BaseDialog.Title className="dialog-title">{title}</BaseDialog.Title>
          <BaseDialog.Description className="muted">{description}</BaseDialog.Description>
          {children}
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  )
}

interface ConfirmDialogProps extends Omit<DialogProps, 'children'> {
  action: string
  onConfirm(): void
}

/** Asks before something that cannot be undone. */
export function ConfirmDialog({ isOpen, onClose, title, description, action, onConfirm }: ConfirmDialogProps) {
  return (
    <AlertDialog.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
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
            <Button onClick={onClose}>Cancel</Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
