import { type ComponentType, lazy, Suspense, useEffect, useSyncExternalStore } from 'react'
import { Route, Switch } from 'wouter'
import { useViewer } from '../client/use-viewer.ts'
import { HomePage } from './pages/home.tsx'
import { NotFoundPage } from './pages/not-found.tsx'
import { pageLocale, showLocale } from './translate.ts'
import { Layout } from './ui/layout.tsx'
import { PageSkeleton } from './ui/skeleton.tsx'
import { StepUp } from './ui/step-up.tsx'

const PAGES: Record<string, ComponentType> = {
  '/': HomePage,
  '/login': lazy(() => import('./pages/login.tsx')),
  '/signup': lazy(() => import('./pages/signup.tsx')),
  '/forgot-password': lazy(() => import('./pages/forgot-password.tsx')),
  '/reset-password': lazy(() => import('./pages/reset-password.tsx')),
  '/verify-email': lazy(() => import('./pages/verify-email.tsx')),
  '/accept-invitation': lazy(() => import('./pages/accept-invitation.tsx')),
  '/account': lazy(() => import('./pages/account.tsx')),
  '/security': lazy(() => import('./pages/security.tsx')),
  '/sessions': lazy(() => import('./pages/sessions.tsx')),
  '/users': lazy(() => import('./pages/users.tsx')),
  '/events': lazy(() => import('./pages/events.tsx')),
}

/** Returns the language of the page, which becomes that of the user. */
function useLocale(): string {
  const locale = useViewer().user?.locale
  useEffect(() => {
    if (locale) void showLocale(locale)
  }, [locale])
  return useSyncExternalStore(pageLocale.subscribe, pageLocale.get)
}

export function App() {
  const locale = useLocale()
  return (
    <Layout key={locale}>
      <Suspense fallback={<PageSkeleton />}>
        <Switch>
          {Object.entries(PAGES).map(([path, page]) => (
            <Route key={path} path={path} component={page} />
          ))}
          <Route component={NotFoundPage} />
        </Switch>
      </Suspense>
      <StepUp />
    </Layout>
  )
}
