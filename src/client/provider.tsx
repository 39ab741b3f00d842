import { ApolloProvider, useQuery } from '@apollo/client/react'
import { createContext, type ReactNode, useContext, useEffect, useSyncExternalStore } from 'react'
import type { AuthClient } from './auth-client.ts'
import { WhoAmIDocument } from './gql/graphql.ts'

const AuthContext = createContext<AuthClient | null>(null)

/** Provides the current identity's client, and mounts the app again at each change of user. */
export function AuthProvider({ client, children }: { client: AuthClient; children: ReactNode }) {
  useEffect(() => client.connect(), [client])
  const { subscribe, get } = client.identity
  const { epoch, client: apolloClient } = useSyncExternalStore(subscribe, get, get)
  return (
    <AuthContext value={client}>
      <ApolloProvider key={epoch} client={apolloClient}>
        <SessionObserver client={client} />
        {children}
      </ApolloProvider>
    </AuthContext>
  )
}

/** Finds the current session, which the stream and the checks are about. */
function SessionObserver({ client }: { client: AuthClient }) {
  const { data } = useQuery(WhoAmIDocument)
  const id = data?.session?.id ?? null
  useEffect(() => client.setSessionId(id), [client, id])
  return null
}

/** @throws outside of AuthProvider */
export function useAuthClient(): AuthClient {
  const client = useContext(AuthContext)
  if (!client) throw new Error('Put this component inside of <AuthProvider>.')
  return client
}
