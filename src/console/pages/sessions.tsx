import { useState } from 'react'
import { type ListedSession, useSessions } from '../../client/use-sessions.ts'
import { formatDateTime, formatPast, formatRelative } from '../format.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { Confirm } from '../ui/confirm.tsx'
import { Alert, EmptyState, LoadFailure, Notice } from '../ui/message.tsx'
import { Page } from '../ui/page.tsx'
import { RequireLogin } from '../ui/require-login.tsx'
import { Skeleton } from '../ui/skeleton.tsx'

export default function SessionsPage() {
  return (
    <RequireLogin>
      <Page
        title="Your sessions"
        lead="The devices you are signed in on. End a session that you don’t know, then change your password."
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
  const [isAsking, setAsking] = useState(false)
  if (failure) return <LoadFailure failure={failure} retry={retry} />
  if (!sessions) return <Skeleton lines={4} label="Loading sessions" />
  const others = sessions.filter(({ current }) => !current)

  async function thenSay(ending: Promise<boolean>, sentence: string) {
    setNotice(null)
    if (await ending) setNotice(sentence)
  }

  return (
    <>
      {actionFailure && <Alert>{actionFailure.message}</Alert>}
      {notice && <Notice>{notice}</Notice>}
      <ul className="list">
        {sessions.map((session) => (
          <SessionRow
            key={session.id}
            session={session}
            isBusy={isBusy}
            onEnd={() => thenSay(endSession(session.id), `The session of ${session.device.name} has ended.`)}
          />
        ))}
      </ul>
      {others.length === 0 && <EmptyState title="No other sessions">You are signed in on this device only.</EmptyState>}
      <Card title="Lost a device?" description="End the other sessions and stay here, or end all of them at once.">
        <div className="form-actions">
          {others.length > 0 && (
            <Button isBusy={isBusy} onClick={() => thenSay(endOtherSessions(), 'All other sessions have ended.')}>
              End other sessions
            </Button>
          )}
          <Button kind="danger" isBusy={isBusy} onClick={() => setAsking(true)}>
            Log out everywhere
          </Button>
        </div>
      </Card>
      <Confirm
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        title="End every session?"
        description="You will be signed out on all devices, this one too."
        action="Log out everywhere"
        onConfirm={endAllSessions}
      />
    </>
  )
}

function SessionRow({ session, isBusy, onEnd }: { session: ListedSession; isBusy: boolean; onEnd(): void }) {
  const { device, current, createdAt, lastSeenAt, expiresAt, id } = session
  return (
    <li className="row">
      <div className="row-main">
        <p className="row-title" id={`device-${id}`}>
          {device.name} {current && <Badge kind="accent">This device</Badge>}
        </p>
        <p className="muted small">
          {device.address ? `${device.address} · ` : ''}Last seen {formatPast(lastSeenAt)} · Signed in{' '}
          <time dateTime={createdAt}>{formatDateTime(createdAt)}</time> · Ends {formatRelative(expiresAt)}
        </p>
      </div>
      {!current && (
        <Button onClick={onEnd} isBusy={isBusy} aria-describedby={`device-${id}`}>
          End session
        </Button>
      )}
    </li>
  )
}
