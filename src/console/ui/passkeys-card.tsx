import { useState } from 'react'
import { createFailure, type Failure } from '../../client/failure.ts'
import { createPasskey, signalKnownPasskeys } from '../../client/passkey.ts'
import { useAction } from '../../client/use-action.ts'
import { describeFailure } from '../describe-failure.ts'
import { AddPasskeyDocument, RemovePasskeyDocument, StartPasskeyRegistrationDocument } from '../gql/graphql.ts'
import { t } from '../translate.ts'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { Alert, Notice } from './message.tsx'
import { type ListedPasskey, PasskeyRow } from './passkey-row.tsx'

interface PasskeysCardProps {
  passkeys: readonly ListedPasskey[]
  /** Called after each change; with recovery codes where the passkey was the first factor. */
  onChange(recoveryCodes?: readonly string[] | null): void
}

/** Provides what a user changes about their passkeys, with a notice of the last success. */
function usePasskeyChanges(onChange: PasskeysCardProps['onChange']) {
  const [start, starting] = useAction(StartPasskeyRegistrationDocument, { success: ['PasskeyChallenge'] })
  const [add, adding] = useAction(AddPasskeyDocument, { success: ['AddPasskeySuccess'] })
  const [remove, removing] = useAction(RemovePasskeyDocument, { success: ['Factors'] })
  const [browserFailure, setBrowserFailure] = useState<Failure | null>(null)
  const [notice, setNotice] = useState<string | null>(null)
  const states = [starting, adding, removing]

  function clear() {
    setNotice(null)
    setBrowserFailure(null)
    for (const state of states) state.clear()
  }

  return {
    notice,
    failure: browserFailure ?? states.find((state) => state.failure)?.failure ?? null,
    isBusy: states.some((state) => state.isBusy),
    async addPasskey() {
      clear()
      const challenge = await start({})
      if (!challenge) return
      const answer = await createPasskey(challenge.options)
      if (!('passkey' in answer)) return setBrowserFailure(answer.failure)
      const added = await add({ passkey: answer.passkey })
      if (!added) return
      setNotice(t('Your passkey is added.'))
      onChange(added.recoveryCodes)
    },
    async removePasskey({ id, name }: ListedPasskey) {
      clear()
      const factors = await remove({ id })
      if (!factors) return
      setNotice(t('{{name}} is removed, and your other sessions have ended.', { name }))
      onChange()
      await signalKnownPasskeys(factors)
    },
  }
}

const NO_SUPPORT = createFailure('NO_PASSKEYS', 'This browser has no passkeys.')

/** The user's passkeys: to add, name and remove. */
export function PasskeysCard({ passkeys, onChange }: PasskeysCardProps) {
  const { addPasskey, removePasskey, ...changes } = usePasskeyChanges(onChange)
  const canAdd = typeof PublicKeyCredential === 'function'
  const failure = canAdd ? changes.failure : NO_SUPPORT
  return (
    <Card
      title={t('Passkeys')}
      description={t(
        'Log in with your fingerprint, your face or your device’s lock. No page that only looks like ours can use it.',
      )}
    >
      {changes.notice && <Notice>{changes.notice}</Notice>}
      {failure && <Alert>{describeFailure(failure)}</Alert>}
      {passkeys.length > 0 && (
        <ul className="list" aria-label={t('Passkeys')}>
          {passkeys.map((passkey) => (
            <PasskeyRow
              key={passkey.id}
              passkey={passkey}
              isBusy={changes.isBusy}
              onChange={onChange}
              onRemove={() => removePasskey(passkey)}
            />
          ))}
        </ul>
      )}
      {passkeys.length === 1 && (
        <p className="muted">{t('Add a second one on another device: if you lose this one, you still get in.')}</p>
      )}
      {canAdd && (
        <div className="form-actions">
          <Button onClick={addPasskey} isBusy={changes.isBusy}>
            {t('Add a passkey')}
          </Button>
        </div>
      )}
    </Card>
  )
}
