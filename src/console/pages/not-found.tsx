import { Link } from 'wouter'
import { t } from '../translate.ts'
import { Page } from '../ui/page.tsx'

export function NotFoundPage() {
  return (
    <Page title={t('Page not found')} lead={t('There is nothing at this address.')}>
      <p>
        <Link href="/">{t('Go to the start')}</Link>
      </p>
    </Page>
  )
}
