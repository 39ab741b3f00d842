import { useQuery } from '@apollo/client/react'
import { useState } from 'react'
import { toFailure } from '../../client/failure.ts'
import { ActivityDocument } from '../gql/graphql.ts'
import { t } from '../translate.ts'
import { Card } from './card.tsx'
import { EventList, EventPager, readNext } from './event-list.tsx'
import { LoadFailure } from './message.tsx'
import { Skeleton } from './skeleton.tsx'

/** What happened to the user's account, so that they notice what was not them. */
export default function ActivityCard() {
  const [cursors, setCursors] = useState<readonly string[]>([])
  const variables = { after: cursors.at(-1) ?? null }
  const { data, error, refetch } = useQuery(ActivityDocument, { variables, fetchPolicy: 'network-only' })
  const activity = data?.activity
  const retry = () => void refetch().catch(() => {})
  return (
    <Card
      title={t('Activity')}
      description={t('What happened to your account. If something was not you, change your password.')}
    >
      {!activity && error && <LoadFailure failure={toFailure(error)} retry={retry} />}
      {!activity && !error && <Skeleton lines={4} label={t('Loading your activity')} />}
      {activity && <EventList label={t('Activity')} events={activity.edges.map(({ node }) => node)} />}
      <EventPager cursors={cursors} next={readNext(activity?.pageInfo)} onMove={setCursors} />
    </Card>
  )
}
