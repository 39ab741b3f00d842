import { useQuery } from '@apollo/client/react'
import { lazy, Suspense, useState } from 'react'
import { toFailure } from '../../client/failure.ts'
import { useViewer } from '../../client/use-viewer.ts'
import { FactorsDocument } from '../gql/graphql.ts'
import { t } from '../translate.ts'
import { AuthenticatorCard } from '../ui/authenticator-card.tsx'
import { LoadFailure } from '../ui/message.tsx'
import { Page } from '../ui/page.tsx'
import { PasskeysCard } from '../ui/passkeys-card.tsx'
import { RecoveryCodesCard } from '../ui/recovery-codes-card.tsx'
import { RequireLogin } from '../ui/require-login.tsx'
import { Skeleton } from '../ui/skeleton.tsx'

const ActivityCard = lazy(() => import('../ui/activity-card.tsx'))
const RecoveryCodesDialog = lazy(() => import('../ui/recovery-codes-dialog.tsx'))

export default function SecurityPage() {
  return (
    <RequireLogin>
      <Page title={t('Security')} lead={t('With a second factor, a password alone does not open your account.')}>
        <SecondFactors />
      </Page>
    </RequireLogin>
  )
}

function SecondFactors() {
  const { data, error, refetch } = useQuery(FactorsDocument, { fetchPolicy: 'network-only' })
  const viewer = useViewer()
  const [codes, setCodes] = useState<readonly string[] | null>(null)
  const reload = () => refetch().catch(() => {})
  if (error && !data) return <LoadFailure failure={toFailure(error)} retry={reload} />
  if (!data?.factors) return <Skeleton lines={6} label={t('Loading your second factors')} />
  const { passkeys, totpSince, recoveryCodesLeft } = data.factors
  const hasFactor = passkeys.length > 0 || totpSince !== null

  function change(recoveryCodes: readonly string[] | null = null) {
    if (recoveryCodes) setCodes(recoveryCodes)
    void reload()
    viewer.retry()
  }

  return (
    <>
      <PasskeysCard passkeys={passkeys} onChange={change} />
      <AuthenticatorCard since={totpSince} onChange={change} />
      {hasFactor && <RecoveryCodesCard left={recoveryCodesLeft} onCodes={change} />}
      <Suspense fallback={<Skeleton lines={4} label={t('Loading your activity')} />}>
        <ActivityCard />
      </Suspense>
      <Suspense>{codes && <RecoveryCodesDialog codes={codes} onKept={() => setCodes(null)} />}</Suspense>
    </>
  )
}
