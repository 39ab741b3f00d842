/**
 * The most asked question about APIs with cookies: why does the browser not send mine? Each rule that can keep it away is
 * played in the order in which a browser applies them, and the first that does is told, with what to change.
 */
import { isLocalOrigin } from '../../config/origin.ts'
import { findOtherSiteOrigins } from '../../http/origin.ts'
import type { Finding } from './finding.ts'
import { PagePlay, type PlayedAnswer } from './page-play.ts'
import type { TemporaryUser } from './temporary-user.ts'

const LOGIN = `mutation ($email: String!, $password: String!) {
  login(input: { email: $email, password: $password }) { __typename }
}`
const ME = '{ me { id } }'

const COOKIE = /^(?:__Host-)?sid=[^;]+/

/** A rule that keeps the cookie away. The message says what to change. */
class RuleBroken extends Error {
  readonly rule: string

  constructor(rule: string, message: string) {
    super(message)
    this.rule = rule
  }
}

function requireSameSite(origin: string, publicUrl: string): Finding {
  if (origin.startsWith('https:') && publicUrl.startsWith('http:') && !isLocalOrigin(publicUrl)) {
    throw new RuleBroken('mixed content', `a page over https may not call ${publicUrl}: serve the API over https`)
  }
  if (findOtherSiteOrigins(publicUrl, [origin]).length > 0) {
    throw new RuleBroken(
      'SameSite',
      `${origin} is another site than ${publicUrl}, so browsers send it no cookie with SameSite=Lax: ` +
        'serve both below one domain and with one scheme, or the API below the origin of the page by a proxy',
    )
  }
  return { check: 'SameSite', status: 'ok', detail: `${origin} and ${publicUrl} are one site` }
}

async function requirePreflight(play: PagePlay, origin: string, publicUrl: string): Promise<Finding> {
  const check = 'CORS'
  if (origin === new URL(publicUrl).origin) return { check, status: 'ok', detail: 'the page has the origin of the API' }
  const { status, headers, error } = await play.preflight()
  if (error?.code === 'FORBIDDEN_ORIGIN') {
    throw new RuleBroken(check, `the service does not know this origin: add ${origin} to ALLOWED_ORIGINS`)
  }
  if (status !== 204 && status !== 200) {
    throw new RuleBroken(check, `the preflight is answered with status ${status}: a proxy does not let OPTIONS through`)
  }
  if (headers.get('access-control-allow-origin') !== origin) {
    throw new RuleBroken(
      check,
      'the preflight’s answer does not name the origin: a proxy answers in place of the service',
    )
  }
  if (headers.get('access-control-allow-credentials') !== 'true') {
    throw new RuleBroken(check, 'the preflight’s answer allows no credentials: a proxy changes the headers')
  }
  return { check, status: 'ok', detail: 'the preflight allows the origin, with credentials' }
}

async function requireLogin(play: PagePlay, user: TemporaryUser): Promise<PlayedAnswer> {
  const answer = await play.post(LOGIN, { ...user })
  const kind = answer.data?.login?.__typename
  if (answer.error) throw new RuleBroken('login', `${answer.error.message} (${answer.error.code})`)
  if (kind === 'InvalidCredentials') {
    throw new RuleBroken('login', 'the service at this address uses another database than this shell')
  }
  if (kind !== 'LoginSuccess') throw new RuleBroken('login', `the login is answered with ${kind ?? answer.status}`)
  return answer
}

/** Returns the cookie as a browser keeps it. */
function requireCookie({ setCookies }: PlayedAnswer, publicUrl: string): { cookie: string; finding: Finding } {
  const check = 'cookie'
  const line = setCookies.find((one) => COOKIE.test(one))
  const cookie = line && COOKIE.exec(line)?.[0]
  if (!line || !cookie) throw new RuleBroken(check, 'the login sets no session cookie: a proxy removes Set-Cookie')
  const isSecure = /;\s*secure/i.test(line)
  if (isSecure && publicUrl.startsWith('http:') && !isLocalOrigin(publicUrl)) {
    throw new RuleBroken(check, 'a Secure cookie is not kept over http: set PUBLIC_URL to the https address')
  }
  if (cookie.startsWith('__Host-') && (!isSecure || /;\s*domain=/i.test(line) || !/;\s*path=\/(?:;|$)/i.test(line))) {
    throw new RuleBroken(check, 'a proxy changes the cookie: __Host- needs Secure, Path=/ and no Domain')
  }
  return { cookie, finding: { check, status: 'ok', detail: `the login sets ${cookie.split('=')[0]}` } }
}

async function requireSession(play: PagePlay, cookie: string): Promise<Finding> {
  const { data, error } = await play.post(ME, {}, cookie)
  if (!data?.me) {
    const reason = error ? ` (${error.code})` : ''
    throw new RuleBroken('session', `the next request is signed out${reason}: do all instances share SESSION_SECRET?`)
  }
  return { check: 'session', status: 'ok', detail: 'the next request is signed in' }
}

function describeAway(publicUrl: string, { name, cause }: Error): string {
  const { code = name } = (cause ?? {}) as { code?: string }
  return `nothing answers at ${publicUrl} (${code}): does the service run, and is that PUBLIC_URL?`
}

/** Plays a page of `origin`: preflight, login, and the next request. */
export async function checkOrigin(origin: string, publicUrl: string, user: TemporaryUser): Promise<Finding[]> {
  const play = new PagePlay(publicUrl, origin)
  const findings: Finding[] = []
  try {
    findings.push(requireSameSite(origin, publicUrl))
    findings.push(await requirePreflight(play, origin, publicUrl))
    const { cookie, finding } = requireCookie(await requireLogin(play, user), publicUrl)
    findings.push(finding, await requireSession(play, cookie))
    findings.push({
      check: 'page',
      status: 'ok',
      detail: "the cookie arrives; the page has to send credentials: 'include'",
    })
  } catch (error) {
    if (error instanceof RuleBroken) findings.push({ check: error.rule, status: 'failed', detail: error.message })
    else findings.push({ check: 'address', status: 'failed', detail: describeAway(publicUrl, error as Error) })
  }
  return findings
}
