import { useSyncExternalStore } from 'react'
import { useLocation } from 'wouter'
import { useAction } from '../../client/use-action.ts'
import { useViewer } from '../../client/use-viewer.ts'
import { AcceptInvitationDocument } from '../gql/graphql.ts'
import { linkToken } from '../link-token.ts'
import { t } from '../translate.ts'
import { DeadLink } from '../ui/dead-link.tsx'
import { Form } from '../ui/form.tsx'
import { Page } from '../ui/page.tsx'
import { PersonFields } from '../ui/person-fields.tsx'

export default function AcceptInvitationPage() {
  const token = useSyncExternalStore(linkToken.subscribe, linkToken.get)
  return (
    <Page title={t('Accept the invitation')} isNarrow>
      <div className="card">{token ? <AcceptForm token={token} /> : <Dead />}</div>
    </Page>
  )
}

function AcceptForm({ token }: { token: string }) {
  const { user } = useViewer()
  const [, navigate] = useLocation()
  const [accept, { failure, isBusy }] = useAction(AcceptInvitationDocument, {
    success: ['SignupSuccess'],
    changesIdentity: () => true,
  })
  if (failure?.code === 'InvalidToken') return <Dead />

  async function send(person: { firstName: string; lastName: string; password: string }) {
    if (!(await accept({ input: { ...person, token } }))) return
    linkToken.set(null)
    navigate('/', { replace: true })
  }

  return (
    <>
      {user && (
        <p className="muted">
          {t('You are signed in as {{email}}. The new account takes over in this browser.', { email: user.email })}
        </p>
      )}
      <Form
        schema={(schemas) => schemas.invitationSchema}
        onSubmit={send}
        failure={failure}
        isBusy={isBusy}
        submit={t('Create account')}
      >
        <PersonFields />
      </Form>
    </>
  )
}

const Dead = () => (
  <DeadLink>
    {t('Invitations are good for seven days, and only once. Ask whoever invited you for another one.')}
  </DeadLink>
)
