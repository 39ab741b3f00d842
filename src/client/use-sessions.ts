import { useQuery } from '@apollo/client/react'
import { type Failure, toFailure } from './failure.ts'
import type { SessionsQuery } from './gql/graphql.ts'
import {
  EndAllSessionsDocument,
  EndOtherSessionsDocument,
  EndSessionDocument,
  SessionsDocument,
} from './gql/graphql.ts'
import { useAction } from './use-action.ts'

export type ListedSession = NonNullable<SessionsQuery['sessions']>[number]

export interface Sessions {
  /** The most recently seen first; null while they are loading. */
  sessions: readonly ListedSession[] | null
  /** Why they could not be loaded. */
  failure: Failure | null
  retry(): void
  endSession(id: string): Promise<boolean>
  endOtherSessions(): Promise<boolean>
  /** Ends all sessions, this one included: the user is signed out. */
  endAllSessions(): Promise<boolean>
  isBusy: boolean
  /** Why sessions could not be ended. */
  actionFailure: Failure | null
}

export function useSessions(): Sessions {
  const { data, error, refetch } = useQuery(SessionsDocument, { fetchPolicy: 'cache-and-network' })
  const [endOne, one] = useAction(EndSessionDocument, { success: ['SessionsRevoked', 'NotFound'] })
  const [endOthers, others] = useAction(EndOtherSessionsDocument, { success: ['SessionsRevoked'] })
  const [endAll, all] = useAction(EndAllSessionsDocument, { success: ['SessionsRevoked'], changesIdentity: () => true })
  const retry = () => void refetch().catch(() => {})

  async function thenRefetch(ending: Promise<unknown>): Promise<boolean> {
    const isDone = (await ending) !== null
    if (isDone) await refetch().catch(() => {})
    return isDone
  }

  return {
    sessions: data?.sessions ?? null,
    failure: error && !data?.sessions ? toFailure(error) : null,
    retry,
    endSession: (id) => thenRefetch(endOne({ id })),
    endOtherSessions: () => thenRefetch(endOthers({})),
    endAllSessions: async () => (await endAll({})) !== null,
    isBusy: one.isBusy || others.isBusy || all.isBusy,
    actionFailure: one.failure ?? others.failure ?? all.failure,
  }
}
