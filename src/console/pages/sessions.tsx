import { useState } from 'react'
import { type ListedSession, useSessions } from '../../client/use-sessions.ts'
import { describeDevice } from '../describe-device.ts'
import { describeFailure } from '../describe-failure.ts'
import { formatDateTime, formatPast, formatRelative } from '../format.ts'
import { t } from '../translate.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Confirm } from '../ui/confirm.tsx'
import { Alert, EmptyState, LoadFailure, Notice } from '../ui/message.tsx'
import { Page } from '../ui/page.tsx'
import { RequireLogin } from '../ui/require-login.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { Translated } from '../ui/translated.tsx'

export default function SessionsPage() {
  return (
    <RequireLogin>
      <Page
        title={t('Your sessions')}
        lead={t('The devices you are signed in on. End a session that you don’t know, then change your password.')}
      >
        <SessionList />
      </Page>
    </RequireLogin>
  )
}

function SessionList() {
  const { sessions, failure, retry, actionFailure, isBusy, endSession, endOtherSessions, endAllSessions } =
    useSessions()
  const [notice, setNotice] = useState<string | null>(null)
  if (failure) return <LoadFailure failure={failure} retry={retry} />
  if (!sessions) return <Skeleton lines={4} label={t('Loading sessions')} />
  const others = sessions.filter(({ current }) => !current)

  async function thenSay(ending: Promise<boolean>, sentence: string) {
    setNotice(null)
    if (await ending) setNotice(sentence)
  }

  return (
    <>
      {actionFailure && <Alert>{describeFailure(actionFailure)}</Alert>}
      {notice && <Notice>{notice}</Notice>}
      <ul className="list">
        {sessions.map((session) => (
          <SessionRow
            key={session.id}
            session={session}
            isBusy={isBusy}
            onEnd={() =>
              thenSay(
                endSession(session.id),
                t('The session of {{device}} has ended.', { device: describeDevice(session.device) }),
              )
            }
          />
        ))}
      </ul>
      {others.length === 0 && (
        <EmptyState title={t('No other sessions')}>{t('You are signed in on this device only.')}</EmptyState>
      )}
      <EndingCard
        isBusy={isBusy}
        hasOthers={others.length > 0}
        onEndOthers={() => thenSay(endOtherSessions(), t('All other sessions have ended.'))}
        onEndAll={endAllSessions}
      />
    </>
  )
}

interface EndingProps {
  isBusy: boolean
  hasOthers: boolean
  onEndOthers(): void
  onEndAll(): void
}

/** Ends several sessions at once. */
function EndingCard({ isBusy, hasOthers, onEndOthers, onEndAll }: EndingProps) {
  const [isAsking, setAsking] = useState(false)
  return (
    <Card
      title={t('Lost a device?')}
      description={t('End the other sessions and stay here, or end all of them at once.')}
    >
      <div className="form-actions">
        {hasOthers && (
          <Button isBusy={isBusy} onClick={onEndOthers}>
            {t('End other sessions')}
          </Button>
        )}
        <Button kind="danger" isBusy={isBusy} onClick={() => setAsking(true)}>
          {t('Log out everywhere')}
        </Button>
      </div>
      <Confirm
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        title={t('End every session?')}
        description={t('You will be signed out on all devices, this one too.')}
        action={t('Log out everywhere')}
        onConfirm={onEndAll}
      />
    </Card>
  )
}

function SessionRow({ session, isBusy, onEnd }: { session: ListedSession; isBusy: boolean; onEnd(): void }) {
  const { device, current, createdAt, lastSeenAt, expiresAt, id } = session
  return (
    <li className="row">
      <div className="row-main">
        <p className="row-title" id={`device-${id}`}>
          {describeDevice(device)} {current && <Badge kind="accent">{t('This device')}</Badge>}
        </p>
        <p className="muted small">
          {device.address ? `${device.address} · ` : ''}
          {t('Last seen {{time}}', { time: formatPast(lastSeenAt) })} ·{' '}
          <Translated
            text="Signed in {{time}}"
            values={{ time: <time dateTime={createdAt}>{formatDateTime(createdAt)}</time> }}
          />{' '}
          · {t('Ends {{time}}', { time: formatRelative(expiresAt) })}
        </p>
      </div>
      {!current && (
        <Button onClick={onEnd} isBusy={isBusy} aria-describedby={`device-${id}`}>
          {t('End session')}
        </Button>
      )}
    </li>
  )
}
