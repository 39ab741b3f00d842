/** The service's own routes: what metrics and traces name a request after, since a client can choose any other. */
export const ROUTES: readonly string[] = ['/graphql', '/graphql/stream', '/account/export', '/healthz', '/readyz']

/** The methods that the service has routes for. */
export const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'OPTIONS']
