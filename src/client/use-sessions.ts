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

/** The sessions of the signed-in user, and the ways to end them. */
export interface Sessions {
  /** The most recently seen first; null until they are known. */
  sessions: readonly ListedSession[] | null
  /** Why they are not known. */
  failure: Failure | null
  retry(): void
  endSession(id: string): Promise<boolean>
  endOtherSessions(): Promise<boolean>
  /** Ends all of them, this one too: the user is signed out. */
  endAllSessions(): Promise<boolean>
  isBusy: boolean
  /** Why ending did not work. */
  actionFailure: Failure | null
}

/** Lists the sessions of the signed-in user and ends them. */
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
