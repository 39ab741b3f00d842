import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OTHER_PASSWORD, PASSWORD, signUp } from '../testkit/client.ts'
import { openFront } from '../testkit/front-end.ts'
import { type Service, startService } from '../testkit/service.ts'
import { hasChromium, launchChromium, openPage } from './chromium.ts'
import { greeting, logInOn } from './readme-app.ts'

/** Every way in which a page can send a body to another origin, cookies included; each reads what it may. */
const attempts = `async ({ target, body }) => {
  const send = (options) =>
    fetch(target, { method: 'POST', body, credentials: 'include', ...options })
      .then((response) => response.text(), (error) => error.name)
  const post = (enctype, name, value) => new Promise((resolve) => {
    const frame = Object.assign(document.createElement('iframe'), { name: crypto.randomUUID() })
    const form = Object.assign(document.createElement('form'), { action: target, method: 'post', enctype, target: frame.name })
    form.append(Object.assign(document.createElement('input'), { name, value }))
    document.body.append(frame, form)
    frame.onload = () => resolve('sent')
    form.submit()
  })
  return [
    await send({ headers: { 'content-type': 'application/json' } }),
    await send({ headers: { 'content-type': 'text/plain' } }),
    await send({ mode: 'no-cors', headers: { 'content-type': 'text/plain' } }),
    await send({ mode: 'no-cors', body: new Blob([body]) }),
    await send({ mode: 'no-cors', body: new URLSearchParams(JSON.parse(body)) }),
    await post('text/plain', body.slice(0, -1) + ',"padding":"', '"}'),
    await post('application/x-www-form-urlencoded', 'query', JSON.parse(body).query),
    await post('multipart/form-data', 'query', JSON.parse(body).query),
    navigator.sendBeacon(target, body),
    navigator.sendBeacon(target, new Blob([body], { type: 'application/json' })),
    await send({ method: 'GET', body: undefined, mode: 'no-cors' }),
  ]
}`

describe.skipIf(!hasChromium)('a page of an unlisted origin in Chromium', { timeout: 60_000 }, () => {
  let chromium: Browser
  let service: Service
  let fronts: Awaited<ReturnType<typeof openFront>>[]
  let listed: string
  let unlisted: string
  let proxied: string

  beforeAll(async () => {
    fronts = await Promise.all([openFront(), openFront(), openFront()])
    ;[listed = '', unlisted = '', proxied = ''] = fronts.map(({ port }) => `http://localhost:${port}`)
    service = await startService({ settings: { ALLOWED_ORIGINS: listed } })
    await Promise.all([
      fronts[0]?.show('another origin', service.url),
      fronts[1]?.show('another origin', service.url),
      fronts[2]?.show('same origin', service.url),
    ])
    chromium = await launchChromium()
    await signUp(service.openBrowser(), { email: 'ada@example.com' })
    await signUp(service.openBrowser(), { email: 'mallory@example.com', password: OTHER_PASSWORD })
  }, 60_000)
  afterAll(async () => {
    await chromium?.close()
    for (const front of fronts) await front.close()
    await service.close()
  })

  const sessions = () => service.db.collection('sessions').countDocuments()

  test('an unlisted page cannot log in: the app says so, and there is no cookie and no session', async () => {
    const before = await sessions()
    const { page } = await openPage(chromium, [unlisted, service.url])
    await page.goto(unlisted)
    await page.getByText('The service cannot be reached.').waitFor()
    await page.getByRole('button', { name: 'Try again' }).waitFor()
    const input = { email: 'ada@example.com', password: PASSWORD }
    const query = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }'
    const answers = await tryEverything(page, { query, variables: { input } })
    expect(answers.join()).not.toContain('LoginSuccess')
    expect(await page.context().cookies()).toEqual([])
    expect(await sessions()).toBe(before)
  })

  test('an unlisted page neither ends nor replaces the session of a signed-in user, and reads nothing', async () => {
    const { page } = await openPage(chromium, [listed, unlisted, service.url])
    await page.goto(listed)
    await logInOn(page, 'ada@example.com', PASSWORD)
    await greeting(page, 'ada@example.com').waitFor()
    const cookies = await page.context().cookies()
    const before = await sessions()

    const evil = await page.context().newPage()
    await evil.goto(unlisted)
    const input = { email: 'mallory@example.com', password: OTHER_PASSWORD }
    const query = `mutation { logout { ended } login(input: ${asLiteral(input)}) { __typename } updateProfile(input: { firstName: "Owned" }) { __typename } }`
    await tryEverything(evil, { query })
    expect((await tryEverything(evil, { query: '{ me { email } }' })).join()).not.toContain('ada@')

    expect(await page.context().cookies()).toEqual(cookies)
    expect(await sessions()).toBe(before)
    await page.reload()
    await greeting(page, 'ada@example.com').waitFor()
  })

  test('a listed page can log in by JSON, and by no other kind of request', async () => {
    const { page } = await openPage(chromium, [listed, service.url])
    await page.goto(listed)
    const input = { email: 'mallory@example.com', password: OTHER_PASSWORD }
    const query = `mutation { login(input: ${asLiteral(input)}) { __typename } }`
    const [json, ...others] = await tryEverything(page, { query })
    expect(json).toContain('LoginSuccess')
    expect(others.join()).not.toContain('LoginSuccess')
  })

  test('behind a proxy, the app of an unlisted page names the setting that would allow it', async () => {
    const { page } = await openPage(chromium, [proxied])
    await page.goto(proxied)
    const sentence = `Requests from this origin are not allowed. To allow them, add ${proxied} to the setting ALLOWED_ORIGINS.`
    await page.getByText(sentence).waitFor()
  })

  async function tryEverything(page: Page, body: object): Promise<unknown[]> {
    const target = JSON.stringify({ target: `${service.url}/graphql`, body: JSON.stringify(body) })
    const answers = await page.evaluate<unknown[]>(`(${attempts})(${target})`)
    expect(answers).toHaveLength(11)
    return answers
  }
})

const asLiteral = (input: Record<string, string>) =>
  `{ ${Object.entries(input)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .join(', ')} }`
