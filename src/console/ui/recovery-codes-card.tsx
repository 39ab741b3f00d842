import { useAction } from '../../client/use-action.ts'
import { describeFailure } from '../describe-failure.ts'
import { ReplaceRecoveryCodesDocument } from '../gql/graphql.ts'
import { t } from '../translate.ts'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { Alert } from './message.tsx'

interface RecoveryCodesCardProps {
  left: number
  onCodes(codes: readonly string[]): void
}

/** How many recovery codes are left, and new ones. */
export function RecoveryCodesCard({ left, onCodes }: RecoveryCodesCardProps) {
  const [replace, { failure, isBusy }] = useAction(ReplaceRecoveryCodesDocument, { success: ['RecoveryCodes'] })

  async function makeCodes() {
    const result = await replace({})
    if (result) onCodes(result.codes)
  }

  return (
    <Card
      title={t('Recovery codes')}
      description={t('Codes left: {{left}}. Each stands in once for your passkey or app.', { left })}
    >
      {failure && <Alert>{describeFailure(failure)}</Alert>}
      <div className="form-actions">
        <Button onClick={makeCodes} isBusy={isBusy}>
          {t('Make new recovery codes')}
        </Button>
      </div>
    </Card>
  )
}
