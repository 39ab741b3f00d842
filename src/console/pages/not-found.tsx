import { Link } from 'wouter'
import { Page } from '../ui/page.tsx'

export function NotFoundPage() {
  return (
    <Page title="Page not found" lead="There is nothing at this address.">
      <p>
        <Link href="/">Go to the start</Link>
      </p>
    </Page>
  )
}
