import { ApolloProvider, useQuery } from '@apollo/client/react'
import { createContext, type ReactNode, useContext, useEffect, useSyncExternalStore } from 'react'
import type { AuthClient } from './auth-client.ts'
import { WhoAmIDocument } from './gql/graphql.ts'

const AuthContext = createContext<AuthClient | null>(null)

/** Gives the app below it the client of whoever is signed in, and mounts it anew at each change of user. */
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

/** Learns who is there, so that the stream and the checks know which session they are about. */
function SessionObserver({ client }: { client: AuthClient }) {
  const { data } = useQuery(WhoAmIDocument)
  const id = data?.session?.id ?? null
  useEffect(() => client.setSessionId(id), [client, id])
  return null
}

/**
 * Gives the kit's client.
 * @throws outside of AuthProvider
 */
export function useAuthClient(): AuthClient {
  const client = useContext(AuthContext)
  if (!client) throw new Error('Put this component inside of <AuthProvider>.')
  return client
}
