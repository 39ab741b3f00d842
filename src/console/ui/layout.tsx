import type { ReactNode } from 'react'
import { Link, useLocation, useRoute } from 'wouter'
import { useLogout } from '../../client/use-credentials.ts'
import { useViewer, type ViewerUser } from '../../client/use-viewer.ts'
import { describeFailure } from '../describe-failure.ts'
import { settings } from '../settings.ts'
import { t } from '../translate.ts'
import { Button } from './button.tsx'
import { Alert } from './message.tsx'

/** The frame of every page: the service's name, where to go, who is there. */
export function Layout({ children }: { children: ReactNode }) {
  const { user, scopes, isLoading } = useViewer()
  return (
    <>
      <header className="top">
        <div className="top-inner">
          <Link href="/" className="brand">
            <Logo />
            {settings.serviceName}
          </Link>
          {user && <Navigation scopes={scopes} />}
          {user && <UserMenu user={user} />}
          {!user && !isLoading && <VisitorMenu />}
        </div>
      </header>
      <main className="main">{children}</main>
    </>
  )
}

function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M8 25V14a8 8 0 0 1 16 0v11" strokeWidth="3" />
      <path d="M13 25v-9m6 9v-9" strokeWidth="2.4" />
    </svg>
  )
}

function Navigation({ scopes }: { scopes: readonly string[] }) {
  const canSeeGraphiql = settings.graphiql && (settings.isDevelopment || scopes.length > 0)
  return (
    <nav className="nav" aria-label={t('Main')}>
      <NavLink href="/account">{t('Account')}</NavLink>
      <NavLink href="/security">{t('Security')}</NavLink>
      <NavLink href="/sessions">{t('Sessions')}</NavLink>
      {scopes.includes('users:read') && <NavLink href="/users">{t('Users')}</NavLink>}
      {scopes.includes('audit:read') && <NavLink href="/events">{t('Events')}</NavLink>}
      {canSeeGraphiql && (
        <a href="/graphiql" className="nav-link">
          GraphiQL
        </a>
      )}
    </nav>
  )
}

function NavLink({ href, children }: { href: string; children: ReactNode }) {
  const [isHere] = useRoute(href)
  return (
    <Link href={href} className="nav-link" aria-current={isHere ? 'page' : undefined}>
      {children}
    </Link>
  )
}

function UserMenu({ user }: { user: ViewerUser }) {
  const [logOut, { isBusy, failure }] = useLogout()
  const [, navigate] = useLocation()
  const leave = async () => (await logOut({})) && navigate('/login')
  return (
    <div className="user">
      <span className="user-email" title={user.email}>
        {user.email}
      </span>
      <Button onClick={leave} isBusy={isBusy}>
        {t('Log out')}
      </Button>
      {failure && (
        <div className="toast">
          <Alert>{describeFailure(failure)}</Alert>
        </div>
      )}
    </div>
  )
}

function VisitorMenu() {
  const [isLogin] = useRoute('/login')
  const [isSignup] = useRoute('/signup')
  return (
    <nav className="user" aria-label={t('Main')}>
      {!isLogin && (
        <Link href="/login" className="nav-link">
          {t('Log in')}
        </Link>
      )}
      {!isSignup && !isLogin && (
        <Link href="/signup" className="button button-secondary">
          {t('Sign up')}
        </Link>
      )}
    </nav>
  )
}
