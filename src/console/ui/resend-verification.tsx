import { useAction } from '../../client/use-action.ts'
import { describeFailure } from '../describe-failure.ts'
import { RequestEmailVerificationDocument } from '../gql/graphql.ts'
import { t } from '../translate.ts'
import { Button } from './button.tsx'
import { Alert, Notice } from './message.tsx'

/** Offers another verification mail. */
export function ResendVerification({ email }: { email: string }) {
  const [request, { isBusy, failure, isDone }] = useAction(RequestEmailVerificationDocument, {
    success: ['MailRequested'],
  })
  if (isDone) return <Notice>{t('We have sent a link to {{email}}. Open it to verify the address.', { email })}</Notice>
  return (
    <div className="stack">
      {failure && <Alert>{describeFailure(failure)}</Alert>}
      <Button onClick={() => request({ email })} isBusy={isBusy}>
        {t('Send the link again')}
      </Button>
    </div>
  )
}
