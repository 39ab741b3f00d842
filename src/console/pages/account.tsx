import { type ReactNode, useState } from 'react'
import { useLocation } from 'wouter'
import { useAction } from '../../client/use-action.ts'
import { useViewer, type ViewerUser } from '../../client/use-viewer.ts'
import { describeFailure } from '../describe-failure.ts'
import { formatDate } from '../format.ts'
import {
  ChangeEmailDocument,
  ChangePasswordDocument,
  DeleteAccountDocument,
  UpdateProfileDocument,
} from '../gql/graphql.ts'
import { t } from '../translate.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Confirm } from '../ui/confirm.tsx'
import { ExportButton } from '../ui/export-button.tsx'
import { EmailField, TextField } from '../ui/field.tsx'
import { Form } from '../ui/form.tsx'
import { LocaleChoice } from '../ui/locale-choice.tsx'
import { Alert, Notice } from '../ui/message.tsx'
import { NewPasswordField } from '../ui/new-password-field.tsx'
import { Page } from '../ui/page.tsx'
import { PasswordField } from '../ui/password-field.tsx'
import { RequireLogin } from '../ui/require-login.tsx'
import { Translated } from '../ui/translated.tsx'

export default function AccountPage() {
  const { user } = useViewer()
  return <RequireLogin>{user && <Account user={user} />}</RequireLogin>
}

function Account({ user }: { user: ViewerUser }) {
  return (
    <Page title={t('Your account')} lead={t('You signed up on {{date}}.', { date: formatDate(user.createdAt) })}>
      <ProfileCard user={user} />
      <EmailCard user={user} />
      <PasswordCard user={user} />
      <DataCard />
      <DeleteCard />
    </Page>
  )
}

function ProfileCard({ user }: { user: ViewerUser }) {
  const { retry } = useViewer()
  const [update, { failure, isBusy, isDone }] = useAction(UpdateProfileDocument, { success: ['UpdateProfileSuccess'] })
  return (
    <Card title={t('Profile')} description={t('How you appear here.')}>
      <Form
        schema={(schemas) => schemas.profileSchema}
        onSubmit={async (input) => (await update({ input })) && retry()}
        failure={failure}
        isBusy={isBusy}
        submit={t('Save')}
      >
        {isDone && <Notice>{t('Saved.')}</Notice>}
        <div className="form-columns">
          <TextField
            name="firstName"
            label={t('First name')}
            defaultValue={user.firstName ?? ''}
            autoComplete="given-name"
            isOptional
          />
          <TextField
            name="lastName"
            label={t('Last name')}
            defaultValue={user.lastName ?? ''}
            autoComplete="family-name"
            isOptional
          />
        </div>
        <LocaleChoice chosen={user.locale} />
      </Form>
    </Card>
  )
}

function EmailCard({ user }: { user: ViewerUser }) {
  const [change, { failure, isBusy }] = useAction(ChangeEmailDocument, { success: ['MailRequested'] })
  const [mailedTo, setMailedTo] = useState<string | null>(null)
  return (
    <Card
      title={t('Address')}
      description={
        <>
          <Translated text="You log in as {{email}}" values={{ email: <strong>{user.email}</strong> }} />{' '}
          {user.emailVerified ? (
            <Badge kind="accent">{t('Verified')}</Badge>
          ) : (
            <Badge kind="warning">{t('Not verified')}</Badge>
          )}
        </>
      }
    >
      <Form
        schema={(schemas) => schemas.emailSchema}
        onSubmit={async ({ email }) => {
          setMailedTo(null)
          const result = await change({ email })
          setMailedTo(result?.email ?? null)
        }}
        failure={failure}
        isBusy={isBusy}
        submit={t('Change email')}
      >
        {mailedTo && (
          <Notice>
            <Translated
              text="Open the link that we have sent to {{email}}. Until then, your address stays as it is."
              values={{ email: <strong>{mailedTo}</strong> }}
            />
          </Notice>
        )}
        <EmailField autoComplete="email" hint={t('The new address. We’ll send a link to it.')} />
      </Form>
    </Card>
  )
}

function PasswordCard({ user }: { user: ViewerUser }) {
  const [change, { failure, isBusy, isDone }] = useAction(ChangePasswordDocument, {
    success: ['ChangePasswordSuccess'],
  })
  const readOwnData = () => [user.email, user.firstName ?? '', user.lastName ?? '']
  return (
    <Card title={t('Password')} description={t('A new password signs you out on all other devices.')}>
      <Form
        schema={(schemas) => schemas.changePasswordSchema}
        onSubmit={(input) => change({ input })}
        failure={failure}
        isBusy={isBusy}
        submit={t('Change password')}
      >
        {isDone && <Notice>{t('Your password is changed, and your other sessions have ended.')}</Notice>}
        <input type="text" name="username" autoComplete="username" value={user.email} readOnly hidden />
        <PasswordField name="currentPassword" label={t('Current password')} />
        <NewPasswordField name="newPassword" label={t('New password')} readOwnData={readOwnData} />
      </Form>
    </Card>
  )
}

const DataCard = () => (
  <Card title={t('Your data')} description={t('Everything that is stored about you, as a JSON file.')}>
    <ExportButton />
  </Card>
)

function DeleteCard(): ReactNode {
  const [, navigate] = useLocation()
  const [isAsking, setAsking] = useState(false)
  const [remove, { failure, isBusy }] = useAction(DeleteAccountDocument, {
    success: ['DeleteAccountSuccess'],
    changesIdentity: () => true,
  })

  async function leave() {
    if (await remove({})) navigate('/', { state: { notice: t('Your account has been deleted.') } })
  }

  return (
    <Card title={t('Leave')} description={t('Deletes you, your sessions and your data, for good.')}>
      {failure && <Alert>{describeFailure(failure)}</Alert>}
      <div className="form-actions">
        <Button kind="danger" onClick={() => setAsking(true)} isBusy={isBusy}>
          {t('Delete account')}
        </Button>
      </div>
      <Confirm
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        title={t('Delete your account?')}
        description={t('Your data is removed at once, and nobody can bring it back.')}
        action={t('Delete account')}
        onConfirm={leave}
      />
    </Card>
  )
}
