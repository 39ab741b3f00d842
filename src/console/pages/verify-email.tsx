import { useState, useSyncExternalStore } from 'react'
import { Link } from 'wouter'
import { useAction } from '../../client/use-action.ts'
import { useViewer } from '../../client/use-viewer.ts'
import { describeFailure } from '../describe-failure.ts'
import { VerifyEmailDocument } from '../gql/graphql.ts'
import { linkToken } from '../link-token.ts'
import { recallReturnTo } from '../return-to.ts'
import { t } from '../translate.ts'
import { Button } from '../ui/button.tsx'
import { DeadLink } from '../ui/dead-link.tsx'
import { Alert, Notice } from '../ui/message.tsx'
import { Page } from '../ui/page.tsx'
import { Translated } from '../ui/translated.tsx'

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
    <Page title={t('Verify your email')} isNarrow>
      <div className="card">
        {email && (
          <>
            <Notice>
              <Translated text="{{email}} is verified." values={{ email: <strong>{email}</strong> }} />
            </Notice>
            <Link href={user ? '/' : `/login${recallReturnTo()}`} className="button button-primary">
              {user ? t('Continue') : t('Go to log in')}
            </Link>
          </>
        )}
        {isDead && (
          <DeadLink>
            {t(
              'Verification links are good for a day, and only once. If your address is not verified yet, log in and ask for a new link.',
            )}{' '}
            <Link href="/">{t('Go to the start')}</Link>.
          </DeadLink>
        )}
        {!email && !isDead && token && (
          <>
            <p>{t('One click, and we know that this address is yours.')}</p>
            {failure && <Alert>{describeFailure(failure)}</Alert>}
            <Button kind="primary" onClick={() => send(token)} isBusy={isBusy}>
              {t('Verify email')}
            </Button>
          </>
        )}
      </div>
    </Page>
  )
}
