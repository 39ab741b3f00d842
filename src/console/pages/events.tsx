import { useQuery } from '@apollo/client/react'
import { useState } from 'react'
import { Link, useSearch } from 'wouter'
import { toFailure } from '../../client/failure.ts'
import { EventsDocument, type EventsQuery } from '../gql/graphql.ts'
import { t } from '../translate.ts'
import { EventList, EventPager, readNext } from '../ui/event-list.tsx'
import { TextField } from '../ui/field.tsx'
import { EmptyState, LoadFailure } from '../ui/message.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { StaffPage } from '../ui/staff-page.tsx'

/** Kinds are names, and the same in every language. */
const EXAMPLE_KIND = 'login.failed'

type StaffEvent = NonNullable<EventsQuery['events']>['edges'][number]['node']

export default function EventsPage() {
  return (
    <StaffPage
      title={t('Events')}
      lead={t('What happened to all accounts, the newest first.')}
      scope="audit:read"
      refusal={t('You don’t have permission to see events.')}
    >
      <EventSearch />
    </StaffPage>
  )
}

/** Events of one kind, and about the user that the address names. */
function EventSearch() {
  const userId = new URLSearchParams(useSearch()).get('user')
  const [kind, setKind] = useState('')
  const filter = { ...(userId ? { userId } : {}), ...(kind.trim() ? { kind: kind.trim() } : {}) }
  return (
    <>
      <search>
        <TextField
          name="kind"
          label={t('Kind of event')}
          type="search"
          placeholder={EXAMPLE_KIND}
          autoComplete="off"
          onValueChange={setKind}
          aria-required={false}
        />
      </search>
      {userId && (
        <p>
          {t('Only events about the user {{userId}}.', { userId })} <Link href="/events">{t('Show all')}</Link>
        </p>
      )}
      <Events key={JSON.stringify(filter)} filter={filter} />
    </>
  )
}

function Events({ filter }: { filter: { userId?: string; kind?: string } }) {
  const [cursors, setCursors] = useState<readonly string[]>([])
  const variables = { after: cursors.at(-1) ?? null, filter }
  const { data, error, refetch } = useQuery(EventsDocument, { variables, fetchPolicy: 'network-only' })
  const events = data?.events
  if (error && !events) return <LoadFailure failure={toFailure(error)} retry={() => void refetch().catch(() => {})} />
  if (!events) return <Skeleton lines={6} label={t('Loading events')} />
  if (events.edges.length === 0) return <EmptyState title={t('No events')}>{t('Nothing of that kind.')}</EmptyState>
  return (
    <>
      <EventList
        label={t('Events')}
        events={events.edges.map(({ node }) => node)}
        describe={(event) => <Facts event={event} />}
      />
      <EventPager cursors={cursors} next={readNext(events.pageInfo)} onMove={setCursors} />
    </>
  )
}

function Facts({ event: { kind, reason, userId, byUserId } }: { event: StaffEvent }) {
  return (
    <>
      {' '}
      · <code>{kind}</code>
      {reason && ` · ${reason}`}
      {userId && (
        <>
          {' '}
          · <Link href={`/events?user=${userId}`}>{t('User {{userId}}', { userId })}</Link>
        </>
      )}
      {byUserId && ` · ${t('by {{userId}}', { userId: byUserId })}`}
    </>
  )
}
