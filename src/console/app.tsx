import { type ComponentType, lazy, Suspense } from 'react'
import { Route, Switch } from 'wouter'
import { HomePage } from './pages/home.tsx'
import { NotFoundPage } from './pages/not-found.tsx'
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
}

export function App() {
  return (
    <Layout>
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
