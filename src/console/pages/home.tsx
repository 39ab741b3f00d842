import { Link } from 'wouter'
import { useAuthClient } from '../../client/provider.tsx'
import { useViewer, type Viewer } from '../../client/use-viewer.ts'
import { formatName, formatPast, formatRelative } from '../format.ts'
import { settings } from '../settings.ts'
import { t } from '../translate.ts'
import { Button } from '../ui/button.tsx'
import { LoadFailure, Notice } from '../ui/message.tsx'
import { Page } from '../ui/page.tsx'
import { ResendVerification } from '../ui/resend-verification.tsx'
import { PageSkeleton } from '../ui/skeleton.tsx'
import { Translated } from '../ui/translated.tsx'

/** Who is there, and where to go from here. */
export function HomePage() {
  const viewer = useViewer()
  if (viewer.isLoading) return <PageSkeleton />
  if (viewer.failure) return <LoadFailure failure={viewer.failure} retry={viewer.retry} />
  return viewer.session ? <Welcome session={viewer.session} scopes={viewer.scopes} /> : <Visitor />
}

function Visitor() {
  const notice: unknown = history.state?.notice
  return (
    <Page title={t('Welcome to {{service}}', { service: settings.serviceName })} isNarrow>
      {typeof notice === 'string' && <Notice>{notice}</Notice>}
      <div className="card hero-actions">
        <p className="muted">{t('Log in to see your account and the devices that you are signed in on.')}</p>
        {settings.signup === 'open' && (
          <Link href="/signup" className="button button-primary">
            {t('Create an account')}
          </Link>
        )}
        <Link href="/login" className={`button button-${settings.signup === 'open' ? 'secondary' : 'primary'}`}>
          {settings.signup === 'open' ? t('I have an account') : t('Log in')}
        </Link>
      </div>
      {settings.graphiql && settings.isDevelopment && (
        <p className="muted centered">
          <Translated
            text="Building on the API? Try it in {{graphiql}}."
            values={{ graphiql: <a href="/graphiql">GraphiQL</a> }}
          />
        </p>
      )}
    </Page>
  )
}

function Welcome({ session, scopes }: { session: NonNullable<Viewer['session']>; scopes: readonly string[] }) {
  const { user, authenticatedAt, expiresAt } = session
  return (
    <Page
      title={user.firstName || user.lastName ? t('Hello, {{name}}', { name: formatName(user) }) : t('Hello')}
      lead={t('You are signed in as {{email}}.', { email: user.email })}
    >
      {!user.emailVerified && <Unverified email={user.email} />}
      {session.secondFactorRequired && <SecondFactorMissing hasOne={user.secondFactor === true} />}
      <ul className="tiles">
        <Tile href="/account" title={t('Account')}>
          {t('Your name, email and password, a copy of your data, and leaving.')}
        </Tile>
        <Tile href="/security" title={t('Security')}>
          {t('Passkeys, an authenticator app, recovery codes, and what happened to your account.')}
        </Tile>
        <Tile href="/sessions" title={t('Sessions')}>
          {t('The devices you are signed in on. End the ones you don’t know.')}
        </Tile>
        {scopes.includes('users:read') && (
          <Tile href="/users" title={t('Users')}>
            {t('Look people up, set their roles, disable them or sign them out.')}
          </Tile>
        )}
        {scopes.includes('audit:read') && (
          <Tile href="/events" title={t('Events')}>
            {t('What happened to all accounts: logins, changes, and what staff did.')}
          </Tile>
        )}
      </ul>
      <p className="muted">
        {t('You confirmed your identity {{past}}. This session ends {{end}} unless you use it.', {
          past: formatPast(authenticatedAt),
          end: formatRelative(expiresAt),
        })}
      </p>
    </Page>
  )
}

function Tile({ href, title, children }: { href: string; title: string; children: string }) {
  return (
    <li>
      <Link href={href} className="tile">
        <span className="tile-title">{title}</span>
        <span className="muted">{children}</span>
      </Link>
    </li>
  )
}

function Unverified({ email }: { email: string }) {
  return (
    <div className="message message-warning">
      <p>
        <strong>{t('Verify your email address.')}</strong> {t('We have sent a link to {{email}}.', { email })}
      </p>
      <ResendVerification email={email} />
    </div>
  )
}

/** For staff where the service requires a second factor: their roles count for nothing until they have proved one. */
function SecondFactorMissing({ hasOne }: { hasOne: boolean }) {
  const { reauthentication } = useAuthClient()
  const { retry } = useViewer()
  const prove = async () => (await reauthentication.request({ maxAge: null, needsSecondFactor: true })) && retry()
  return (
    <div className="message message-warning">
      <p>
        <strong>{t('Your role needs a second factor.')}</strong> {t('Until then, you cannot manage anything here.')}
      </p>
      {hasOne ? (
        <Button onClick={prove}>{t('Confirm that it’s you')}</Button>
      ) : (
        <Link href="/security">{t('Set one up')}</Link>
      )}
    </div>
  )
}
