import compression from 'compression'
import express, { type RequestHandler, Router } from 'express'

/** GraphiQL's editor injects styles and starts workers of its own origin; nothing else is let in, no eval and no blob. */
const graphiqlPolicy = policy({
  'script-src': "'self'",
  'worker-src': "'self'",
  'style-src': "'self' 'unsafe-inline'",
  'connect-src': "'self'",
  'img-src': "'self' data:",
  'font-src': "'self'",
})

const textPolicy = policy({})

const welcome = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Gatehouse</title>
<h1>Gatehouse</h1>
<p>This is a GraphQL API: send operations to POST /graphql.
<p>The playground at /graphiql is off here; the setting GRAPHIQL=true turns it on.
<p>README.md in the source tells how to call the API from an app.
</html>
`

/** The pages for people: GraphiQL with its assets where it is on, and a welcome at the root. */
export function consolePages(options: { directory: string; graphiql: boolean }): RequestHandler {
  const pages = Router({ strict: true, caseSensitive: true })
  if (!options.graphiql) return pages.get('/', page(textPolicy), (_request, response) => void response.send(welcome))

  pages.use('/assets', compression(), hashedFiles(`${options.directory}/assets`))
  pages.get('/graphiql', page(graphiqlPolicy), (_request, response, next) => {
    const file = { root: options.directory, cacheControl: false, lastModified: false }
    response.sendFile('graphiql.html', file, (error) => {
      if (!error || response.headersSent) return
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return next(error)
      response.status(503).type('text').send('The pages have not been built yet: run `npm run build`.\n')
    })
  })
  pages.get('/', page(textPolicy), (_request, response) => response.redirect('/graphiql'))
  return pages
}

function page(contentSecurityPolicy: string): RequestHandler {
  return (_request, response, next) => {
    response.set('Content-Security-Policy', contentSecurityPolicy)
    response.set('Cache-Control', 'no-store')
    next()
  }
}

/** Files whose names change with their content. Ranges are off: one of a compressed file would be cut wrongly. */
function hashedFiles(directory: string): RequestHandler {
  return express.static(directory, {
    index: false,
    redirect: false,
    acceptRanges: false,
    cacheControl: false,
    setHeaders: (response) => response.setHeader('Cache-Control', 'public, max-age=31536000, immutable'),
  })
}

function policy(sources: Record<string, string>): string {
  const none = { 'base-uri': "'none'", 'form-action': "'none'", 'frame-ancestors': "'none'" }
  return Object.entries({ 'default-src': "'none'", ...sources, ...none })
    .map(([directive, value]) => `${directive} ${value}`)
    .join('; ')
}
