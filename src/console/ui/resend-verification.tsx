import { useAction } from '../../client/use-action.ts'
import { RequestEmailVerificationDocument } from '../gql/graphql.ts'
import { Button } from './button.tsx'
import { Alert, Notice } from './message.tsx'

/** Offers another verification mail. */
export function ResendVerification({ email }: { email: string }) {
  const [request, { isBusy, failure, isDone }] = useAction(RequestEmailVerificationDocument, {
    success: ['MailRequested'],
  })
  if (isDone) return <Notice>We have sent a link to {email}. Open it to verify the address.</Notice>
  return (
    <div className="stack">
      {failure && <Alert>{failure.message}</Alert>}
      <Button onClick={() => request({ email })} isBusy={isBusy}>
        Send the link again
      </Button>
    </div>
  )
}
