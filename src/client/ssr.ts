import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client'
import possibleTypes from './gql/possible-types.ts'

/**
 * Creates a client for one request of a server-side renderer, with the visitor's cookie. Only the browser logs in and out.
 * @example clientFor((await headers()).get('cookie'), { uri: 'http://localhost:4000/graphql' })
 */
export function clientFor(cookie: string | null | undefined, { uri }: { uri: string }): ApolloClient {
  return new ApolloClient({
    ssrMode: true,
    cache: new InMemoryCache({ possibleTypes: possibleTypes.possibleTypes }),
    link: new HttpLink({ uri, headers: cookie ? { cookie } : {} }),
  })
}
