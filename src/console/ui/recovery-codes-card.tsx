import { useAction } from '../../client/use-action.ts'
import { ReplaceRecoveryCodesDocument } from '../gql/graphql.ts'
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
      title="Recovery codes"
      description={`You have ${left === 1 ? 'one code' : `${left} codes`} left. Each stands in once for your passkey or app.`}
    >
      {failure && <Alert>{failure.message}</Alert>}
      <div className="form-actions">
        <Button onClick={makeCodes} isBusy={isBusy}>
          Make new recovery codes
        </Button>
      </div>
    </Card>
  )
}
