import { useQuery } from '@apollo/client/react'
import { useState } from 'react'
import { toFailure } from '../../client/failure.ts'
import { describeEvent } from '../describe-event.ts'
import { formatDateTime } from '../format.ts'
import { ActivityDocument } from '../gql/graphql.ts'
import { t } from '../translate.ts'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { LoadFailure } from './message.tsx'
import { Skeleton } from './skeleton.tsx'

/** What happened to the user's account, so that they notice what was not them. */
export function ActivityCard() {
  // The cursors of the pages before this one: the last leads to this page.
  const [cursors, setCursors] = useState<readonly string[]>([])
  return (
    <Card
      title={t('Activity')}
      description={t('What happened to your account. If something was not you, change your password.')}
    >
      <ActivityPage
        key={cursors.length}
        after={cursors.at(-1) ?? null}
        onOlder={(cursor) => setCursors([...cursors, cursor])}
      />
      {cursors.length > 0 && (
        <div className="form-actions">
          <Button onClick={() => setCursors(cursors.slice(0, -1))}>{t('Show newer')}</Button>
        </div>
      )}
    </Card>
  )
}

function ActivityPage({ after, onOlder }: { after: string | null; onOlder(cursor: string): void }) {
  const { data, error, refetch } = useQuery(ActivityDocument, { variables: { after }, fetchPolicy: 'network-only' })
  const activity = data?.activity
  if (error && !activity) return <LoadFailure failure={toFailure(error)} retry={() => void refetch().catch(() => {})} />
  if (!activity) return <Skeleton lines={4} label={t('Loading your activity')} />
  const { hasNextPage, endCursor } = activity.pageInfo
  return (
    <>
      <ul className="list" aria-label={t('Activity')}>
        {activity.edges.map(({ node }) => (
          <li key={node.id} className="row">
            <div className="row-main">
              <p className="row-title">{describeEvent(node)}</p>
              <p className="muted small">
                <time dateTime={node.at}>{formatDateTime(node.at)}</time>
              </p>
            </div>
          </li>
        ))}
      </ul>
      {hasNextPage && endCursor && (
        <div className="form-actions">
          <Button onClick={() => onOlder(endCursor)}>{t('Show older')}</Button>
        </div>
      )}
    </>
  )
}
