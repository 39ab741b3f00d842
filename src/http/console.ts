import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import compression from 'compression'
import { type ErrorRequestHandler, type RequestHandler, type Response, Router } from 'express'
import staticCompressed from 'express-static-gzip'

/** What the pages and GraphiQL are served with. */
export interface ConsoleOptions {
  /** Where they were built. */
  directory: string
  graphiql: boolean
  /** Are the pages served, too? */
  pages?: boolean
  serviceName?: string
  /** As #rrggbb; the pages' own where there is none. */
  accentColor?: string
  /** In code points, to be told while a password is typed. */
  minPasswordLength?: number
  /** Who may create an account: everybody, invited people, or nobody. */
  signup?: 'open' | 'invited' | 'closed'
  /** Origins that a page may lead back to. */
  returnOrigins?: readonly string[]
  isDevelopment?: boolean
}

const VISITOR_PAGES = [
  '/',
  '/login',
  '/signup',
  '/forgot-password',
  '/reset-password',
  '/verify-email',
  '/accept-invitation',
]
const USER_PAGES = ['/account', '/security', '/sessions', '/users', '/events']

/** GraphiQL's editor injects styles and starts workers of its own origin; nothing else is let in, no eval and no blob. */
const graphiqlPolicy = policy({
  'script-src': "'self'",
  'worker-src': "'self'",
  'style-src': "'self' 'unsafe-inline'",
  'connect-src': "'self'",
  'img-src': "'self' data:",
  'font-src': "'self'",
})

const pagePolicy = policy({
  'script-src': "'self'",
  'style-src': "'self'",
  'connect-src': "'self'",
  'img-src': "'self' data:",
})

/** Serves the pages for people, and GraphiQL where it is on. */
export function consolePages(options: ConsoleOptions): RequestHandler {
  const { directory, graphiql, pages = true } = options
  const router = Router({ strict: true, caseSensitive: true })
  if (graphiql || pages) router.use('/assets', compression(), hashedFiles(`${directory}/assets`))
  if (graphiql) {
    const html = readOnce(directory, 'graphiql.html')
    router.get('/graphiql', (_request, response) => sendPage(response, graphiqlPolicy, html()))
  }
  if (pages) {
    const html = readOnce(directory, 'index.html')
    const page = once(() => writeSettings(html(), options))
    router.get([...VISITOR_PAGES, ...USER_PAGES], (_request, response) => sendPage(response, pagePolicy, page()))
  }
  router.use(explainMissingPages)
  return router
}

function sendPage(response: Response, contentSecurityPolicy: string, html: string): void {
  response.set('Content-Security-Policy', contentSecurityPolicy)
  response.set('Cache-Control', 'no-store')
  response.type('html').send(html)
}

class MissingPagesError extends Error {}

/** Tells whoever opens a page that was never built what to do. */
const explainMissingPages: ErrorRequestHandler = (error, _request, response, next) => {
  if (error instanceof MissingPagesError) response.status(503).type('text').send(`${error.message}\n`)
  else next(error)
}

function once<T>(create: () => T): () => T {
  let value: { known: T } | undefined
  return () => {
    value ??= { known: create() }
    return value.known
  }
}

/** Reads a built page at the first request, so that the API starts without them. */
const readOnce = (directory: string, file: string) =>
  once(() => {
    try {
      return readFileSync(join(directory, file), 'utf8')
    } catch (cause) {
      throw new MissingPagesError('The pages are not built. Run `npm run build`.', { cause })
    }
  })

/** Puts the settings where the pages look for them: an attribute, since the policy refuses scripts in a page. */
function writeSettings(html: string, options: ConsoleOptions): string {
  const { directory: _directory, pages: _pages, ...settings } = options
  const content = escapeHtml(JSON.stringify(settings))
  return html
    .replace('name="gatehouse-settings" content="{}"', () => `name="gatehouse-settings" content="${content}"`)
    .replace('<title>Gatehouse</title>', () => `<title>${escapeHtml(options.serviceName ?? 'Gatehouse')}</title>`)
}

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** Files whose names change with their content, as the build compressed them where it did. Ranges are off: one of a compressed file would be cut wrongly. */
function hashedFiles(directory: string): RequestHandler {
  const serve = staticCompressed(directory, {
    index: false,
    enableBrotli: true,
    orderPreference: ['br'],
    serveStatic: {
      redirect: false,
      acceptRanges: false,
      cacheControl: false,
      setHeaders: (response) => response.setHeader('Cache-Control', 'public, max-age=31536000, immutable'),
    },
  })
  // No built file's name has an escape, and the package answers a broken one with a text of its own.
  return (request, response, next) => (request.path.includes('%') ? next() : serve(request, response, next))
}

function policy(sources: Record<string, string>): string {
  const none = { 'base-uri': "'none'", 'form-action': "'none'", 'frame-ancestors': "'none'" }
  return Object.entries({ 'default-src': "'none'", ...sources, ...none })
    .map(([directive, value]) => `${directive} ${value}`)
    .join('; ')
}
