import { useQuery } from '@apollo/client/react'
import { useSyncExternalStore } from 'react'
import type { SignOutReason } from './auth-client.ts'
import { type Failure, toFailure } from './failure.ts'
import type { WhoAmIQuery } from './gql/graphql.ts'
import { WhoAmIDocument } from './gql/graphql.ts'
import { useAuthClient } from './provider.tsx'

type CurrentSession = NonNullable<WhoAmIQuery['session']>
export type ViewerUser = CurrentSession['user']

export interface Viewer {
  isLoading: boolean
  /** Null while nobody is signed in. */
  user: ViewerUser | null
  session: CurrentSession | null
  /** What the user's roles grant. */
  scopes: readonly string[]
  /** Why the viewer could not be loaded. */
  failure: Failure | null
  /** Why the previous session ended, if nobody ended it here. */
  endReason: SignOutReason | null
  retry(): void
}

/** Tells who is signed in. */
export function useViewer(): Viewer {
  const { identity } = useAuthClient()
  const { endReason } = useSyncExternalStore(identity.subscribe, identity.get, identity.get)
  const { data, error, loading, refetch } = useQuery(WhoAmIDocument)
  const session = data?.session ?? null
  return {
    isLoading: loading && !data,
    user: session?.user ?? null,
    session,
    scopes: session?.scopes ?? [],
    failure: error && !data ? toFailure(error) : null,
    endReason,
    retry: () => void refetch().catch(() => {}),
  }
}
