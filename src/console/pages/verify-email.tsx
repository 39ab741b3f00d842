import { useState, useSyncExternalStore } from 'react'
import { Link } from 'wouter'
import { useAction } from '../../client/use-action.ts'
import { useViewer } from '../../client/use-viewer.ts'
import { VerifyEmailDocument } from '../gql/graphql.ts'
import { linkToken } from '../link-token.ts'
import { recallReturnTo } from '../return-to.ts'
import { Button } from '../ui/button.tsx'
import { DeadLink } from '../ui/dead-link.tsx'
import { Alert, Notice } from '../ui/message.tsx'
import { Page } from '../ui/page.tsx'

/** Asks for a click, since scanners of mails open links. */
export default function VerifyEmailPage() {
  const token = useSyncExternalStore(linkToken.subscribe, linkToken.get)
  const { user, retry } = useViewer()
  const [verify, { failure, isBusy }] = useAction(VerifyEmailDocument, { success: ['VerifyEmailSuccess'] })
  const [email, setEmail] = useState<string | null>(null)

  async function send(sent: string) {
    const result = await verify({ token: sent })
    if (!result) return
    linkToken.set(null)
    setEmail(result.email)
    if (user) retry()
  }

  const isDead = failure?.code === 'InvalidToken' || (!token && !email)
  return (
    <Page title="Verify your email" isNarrow>
      <div className="card">
        {email && (
          <>
            <Notice>
              <strong>{email}</strong> is verified.
            </Notice>
            <Link href={user ? '/' : `/login${recallReturnTo()}`} className="button button-primary">
              {user ? 'Continue' : 'Go to log in'}
            </Link>
          </>
        )}
        {isDead && (
          <DeadLink>
            Verification links are good for a day, and only once. If your address is not verified yet, log in and ask
            for a new link. <Link href="/">Go to the start</Link>.
          </DeadLink>
        )}
        {!email && !isDead && token && (
          <>
            <p>One click, and we know that this address is yours.</p>
            {failure && <Alert>{failure.message}</Alert>}
            <Button kind="primary" onClick={() => send(token)} isBusy={isBusy}>
              Verify email
            </Button>
          </>
        )}
      </div>
    </Page>
  )
}
