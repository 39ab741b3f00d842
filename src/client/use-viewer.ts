import { useQuery } from '@apollo/client/react'
import { useSyncExternalStore } from 'react'
import type { SignOutReason } from './auth-client.ts'
import { type Failure, toFailure } from './failure.ts'
import type { WhoAmIQuery } from './gql/graphql.ts'
import { WhoAmIDocument } from './gql/graphql.ts'
import { useAuthClient } from './provider.tsx'

type CurrentSession = NonNullable<WhoAmIQuery['session']>
export type ViewerUser = CurrentSession['user']

/** Who is using this browser. */
export interface Viewer {
  /** True until the service has answered. */
  isLoading: boolean
  /** Null while nobody is signed in. */
  user: ViewerUser | null
  session: CurrentSession | null
  /** What the user's roles grant; empty for others. */
  scopes: readonly string[]
  /** Why the service could not say who is there. */
  failure: Failure | null
  /** Why the last session ended, where nobody here asked for it. */
  endReason: SignOutReason | null
  /** Asks again. */
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
