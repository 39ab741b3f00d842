import type { Browser, BrowserContext, Page, Request } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { hasChromium, launchChromium } from '../browser/chromium.ts'
import { button, heading, logInOn, startPages, stepUp } from '../browser/pages-kit.ts'
import { logIn, OTHER_PASSWORD, PASSWORD, signUp } from '../testkit/client.ts'
import { advanceUntil } from '../testkit/wait.ts'

const EMAIL = 'ada@example.com'
const ENDED = 'Your session on this device was ended.'
const STREAMS = '**/graphql/stream'
const FALSE_END = 'event: next\ndata: {"data":{"sessionEnded":{"at":"2026-01-01T00:00:00Z","reason":"REVOKED"}}}\n\n'
/** Small beside a stream's lifetime of five minutes. */
const STEP_MS = 50

/** Counts the streams of a browser: how many are open now, and were opened so far. */
function countStreams(context: BrowserContext): () => { open: number; opened: number } {
  const open = new Set<Request>()
  let opened = 0
  context.on('request', (request) => {
    if (!request.url().endsWith('/graphql/stream')) return
    open.add(request)
    opened += 1
  })
  for (const end of ['requestfinished', 'requestfailed'] as const)
    context.on(end as 'requestfinished', (request) => void open.delete(request))
  return () => ({ open: open.size, opened })
}

describe.skipIf(!hasChromium)('live sign-out in Chromium', () => {
  let chromium: Browser
  beforeAll(async () => {
    chromium = await launchChromium()
  })
  afterAll(() => chromium?.close())

  async function startDevice() {
    const service = await startPages()
    await signUp(service.openBrowser(), { email: EMAIL })
    const context = await chromium.newContext()
    onTestFinished(() => context.close())
    const count = countStreams(context)
    const openTab = async (): Promise<Page> => {
      const tab = await context.newPage()
      await tab.goto(`${service.url}/account`)
      return tab
    }
    const page = await openTab()
    await logInOn(page, EMAIL)
    await heading(page, 'Your account').waitFor()
    await expect.poll(count).toMatchObject({ open: 1 })
    return { service, context, page, openTab, count }
  }

  test('a session that is ended elsewhere shows on every tab at once, by one stream a browser', async () => {
    const { service, page, openTab, count } = await startDevice()
    const tabs = [page, await openTab(), await openTab()]
    for (const tab of tabs) await heading(tab, 'Your account').waitFor()

    const elsewhere = service.openBrowser()
    await logIn(elsewhere, { email: EMAIL })
    await elsewhere.gql('mutation { revokeOtherSessions { count } }')
    await advanceUntil(service, STEP_MS, () => expect(count().open).toBe(0))
    for (const tab of tabs) {
      await heading(tab, 'Log in').waitFor()
      await tab.getByText(ENDED).waitFor()
    }
    expect(count()).toEqual({ open: 0, opened: 1 })
  })

  test('another tab takes the stream over when the tab that held it is closed', async () => {
    const { service, page, openTab, count } = await startDevice()
    const tab = await openTab()
    await heading(tab, 'Your account').waitFor()
    expect(count().opened).toBe(1)
    await page.close()
    await expect.poll(() => count().opened).toBe(2)

    const elsewhere = service.openBrowser()
    await logIn(elsewhere, { email: EMAIL })
    await elsewhere.gql('mutation { revokeAllSessions { count } }')
    await advanceUntil(service, STEP_MS, async () => expect(await tab.getByText(ENDED).count()).toBe(1))
  })

  test('who logs out holds no stream', async () => {
    const { page, count } = await startDevice()
    await button(page, 'Log out').click()
    await heading(page, 'Log in').waitFor()
    await expect.poll(() => count().open).toBe(0)
    await page.reload()
    await heading(page, 'Log in').waitFor()
    expect(await page.getByText(ENDED).count()).toBe(0)
    expect(count()).toEqual({ open: 0, opened: 1 })
  })

  test('a changed password and a proof of identity leave the stream and the page as they are', async () => {
    const { service, page, count } = await startDevice()
    await page.getByLabel('Current password').fill(PASSWORD)
    await page.getByLabel('New password').fill(OTHER_PASSWORD)
    await button(page, 'Change password').click()
    await page.getByText('Your password is changed').waitFor()
    service.clock.advance(61_000)
    await button(page, 'Download your data').waitFor()
    expect(count()).toEqual({ open: 1, opened: 1 })

    service.clock.advance(601_000)
    await button(page, 'Download your data').click()
    await stepUp(page, OTHER_PASSWORD)
    expect(await heading(page, 'Your account').count()).toBe(1)
  })

  test('a message that the session has ended signs nobody out while the service still knows it', async () => {
    const { context, page, count } = await startDevice()
    await context.route(STREAMS, (route) => route.fulfill({ contentType: 'text/event-stream', body: FALSE_END }))
    await page.reload()
    await page.getByLabel('First name').fill('Ada')
    await expect.poll(() => count().opened).toBeGreaterThan(2)
    expect(await page.getByLabel('First name').inputValue()).toBe('Ada')
  })

  test('an answer that crossed a change of the cookie signs nobody out', async () => {
    const { context, page } = await startDevice()
    let crossed = 0
    await context.route('**/graphql', async (route) => {
      if (!route.request().postData()?.includes('CheckSession') || crossed > 0) return route.continue()
      crossed += 1
      await route.fulfill({ json: { data: { session: null } } })
    })
    await page.getByLabel('First name').fill('Ada')
    const checked = page.waitForResponse(() => crossed === 1)
    await page.evaluate(`dispatchEvent(new Event('online'))`)
    await checked
    await page.waitForResponse((response) => response.request().postData()?.includes('CheckSession') ?? false)
    expect(await page.getByLabel('First name').inputValue()).toBe('Ada')
  })

  test('a slow answer that changes the cookie signs nobody out, however often the page asks meanwhile', async () => {
    const { context, page } = await startDevice()
    let checks = 0
    const answered: (() => Promise<void>)[] = []
    await context.route('**/graphql', async (route) => {
      const body = route.request().postData() ?? ''
      if (body.includes('CheckSession')) {
        checks += 1
        // As long as the changed cookie has not arrived, the service knows the old one no more.
        return answered.length > 0 ? route.fulfill({ json: { data: { session: null } } }) : route.continue()
      }
      if (!body.includes('mutation ChangePassword')) return route.continue()
      const response = await route.fetch()
      answered.push(() => route.fulfill({ response }))
    })
    await page.getByLabel('Current password').fill(PASSWORD)
    await page.getByLabel('New password').fill(OTHER_PASSWORD)
    await button(page, 'Change password').click()
    await expect.poll(() => answered.length).toBe(1)
    await page.evaluate(`dispatchEvent(new Event('online'))`)
    await expect.poll(() => checks).toBe(1)
    // Longer than the page waits before it asks again; nothing happens that could be awaited.
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 600))')
    const [answer] = answered.splice(0)
    await answer?.()
    await page.getByText('Your password is changed, and your other sessions have ended.').waitFor()
    await expect.poll(() => checks).toBe(2)
    await heading(page, 'Your account').waitFor()
  })
})
