import { useState } from 'react'
import { useAction } from '../../client/use-action.ts'
import { formatDate, formatPast } from '../format.ts'
import { type FactorsQuery, RenamePasskeyDocument } from '../gql/graphql.ts'
import { t } from '../translate.ts'
import { Badge } from './badge.tsx'
import { Button } from './button.tsx'
import { Confirm } from './confirm.tsx'
import { TextField } from './field.tsx'
import { Form } from './form.tsx'

export type ListedPasskey = NonNullable<FactorsQuery['factors']>['passkeys'][number]

interface PasskeyRowProps {
  passkey: ListedPasskey
  isBusy: boolean
  onChange(): void
  onRemove(): void
}

/** One passkey: its name, where it lives, when it was used. */
export function PasskeyRow({ passkey, isBusy, onChange, onRemove }: PasskeyRowProps) {
  const { id, name, synced, loginCapable, createdAt, lastUsedAt } = passkey
  const [isNaming, setNaming] = useState(false)
  const [isAsking, setAsking] = useState(false)
  return (
    <li className="row row-wrap">
      <div className="row-main">
        <p className="row-title" id={`passkey-${id}`}>
          {name} <Badge>{synced ? t('Synced') : t('On one device')}</Badge>
          {!loginCapable && <Badge>{t('With the password only')}</Badge>}
        </p>
        <p className="muted small">
          {t('Added {{date}}', { date: formatDate(createdAt) })} ·{' '}
          {lastUsedAt ? t('Last used {{time}}', { time: formatPast(lastUsedAt) }) : t('Not used yet')}
        </p>
      </div>
      <Button onClick={() => setNaming(!isNaming)} aria-expanded={isNaming} aria-describedby={`passkey-${id}`}>
        {t('Rename')}
      </Button>
      <Button onClick={() => setAsking(true)} isBusy={isBusy} aria-describedby={`passkey-${id}`}>
        {t('Remove')}
      </Button>
      {isNaming && (
        <div className="row-panel">
          <NameForm
            passkey={passkey}
            onDone={() => {
              setNaming(false)
              onChange()
            }}
          />
        </div>
      )}
      <Confirm
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        title={t('Remove {{name}}?', { name })}
        description={t('It no longer logs you in, and your other sessions end.')}
        action={t('Remove')}
        onConfirm={onRemove}
      />
    </li>
  )
}

function NameForm({ passkey: { id, name }, onDone }: { passkey: ListedPasskey; onDone(): void }) {
  const [rename, { failure, isBusy }] = useAction(RenamePasskeyDocument, { success: ['Passkey'] })
  return (
    <Form
      schema={(schemas) => schemas.passkeyNameSchema}
      onSubmit={async (values) => (await rename({ id, name: values.name })) && onDone()}
      failure={failure}
      isBusy={isBusy}
      submit={t('Save')}
    >
      <TextField name="name" label={t('Name')} defaultValue={name} autoFocus />
    </Form>
  )
}
