import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { hasChromium, launchChromium } from '../browser/chromium.ts'
import { button, heading, logInOn, stepUp } from '../browser/pages-kit.ts'
import { logIn, OTHER_PASSWORD, PASSWORD, signUp } from '../testkit/client.ts'
import { startService } from '../testkit/service.ts'
import { startStreamServer } from './stream-server.ts'

const EMAIL = 'ada@example.com'
const ENDED = 'Your session on this device was ended.'

describe.skipIf(!hasChromium)('live sign-out in Chromium', { timeout: 120_000 }, () => {
  let chromium: Browser
  beforeAll(async () => {
    chromium = await launchChromium()
  }, 60_000)
  afterAll(() => chromium?.close())

  async function start() {
    const stream = await startStreamServer()
    const service = await startService({ settings: { ALLOWED_ORIGINS: stream.url } })
    stream.leadTo(service.url)
    const contexts: BrowserContext[] = []
    onTestFinished(async () => {
      for (const context of contexts) await context.close()
      stream.close()
      await service.close()
    })
    await signUp(service.openBrowser(), { email: EMAIL })
    return {
      ...{ stream, service },
      async openDevice(): Promise<{ page: Page; openTab(): Promise<Page> }> {
        const context = await chromium.newContext()
        contexts.push(context)
        const openTab = async () => {
          const page = await context.newPage()
          await page.goto(`${stream.url}/account`)
          return page
        }
        const page = await openTab()
        await logInOn(page, EMAIL)
        await heading(page, 'Your account').waitFor()
        return { page, openTab }
      },
    }
  }

  test('a session that is ended elsewhere shows on every tab at once, by one stream a browser', async () => {
    const { stream, service, openDevice } = await start()
    const { page, openTab } = await openDevice()
    const tabs = [page, await openTab(), await openTab()]
    for (const tab of tabs) await heading(tab, 'Your account').waitFor()
    await expect.poll(() => stream.count().open).toBe(1)

    const elsewhere = service.openBrowser()
    await logIn(elsewhere, { email: EMAIL })
    await elsewhere.gql('mutation { revokeOtherSessions { count } }')
    for (const tab of tabs) {
      await heading(tab, 'Log in').waitFor()
      await tab.getByText(ENDED).waitFor()
    }
    await expect.poll(() => stream.count().open).toBe(0)
    expect(stream.count().opened).toBe(1)
  })

  test('another tab takes the stream over when the tab that held it is closed', async () => {
    const { stream, service, openDevice } = await start()
    const { page, openTab } = await openDevice()
    await expect.poll(() => stream.count()).toEqual({ open: 1, opened: 1 })
    const tab = await openTab()
    await heading(tab, 'Your account').waitFor()
    await page.close()
    await expect.poll(() => stream.count(), { timeout: 10_000 }).toEqual({ open: 1, opened: 2 })

    const elsewhere = service.openBrowser()
    await logIn(elsewhere, { email: EMAIL })
    await elsewhere.gql('mutation { revokeAllSessions { count } }')
    await tab.getByText(ENDED).waitFor()
  })

  test('who logs out, or was never in, holds no stream', async () => {
    const { stream, openDevice } = await start()
    const { page } = await openDevice()
    await expect.poll(() => stream.count().open).toBe(1)
    await button(page, 'Log out').click()
    await heading(page, 'Log in').waitFor()
    await expect.poll(() => stream.count().open).toBe(0)
    await page.reload()
    await heading(page, 'Log in').waitFor()
    expect(await page.getByText(ENDED).count()).toBe(0)
    expect(stream.count()).toEqual({ open: 0, opened: 1 })
  })

  test('a message about a session that is still there signs nobody out', async () => {
    const { stream, service, openDevice } = await start()
    const { page } = await openDevice()
    await expect.poll(() => stream.count().open).toBe(1)
    await page.getByLabel('Current password').fill(PASSWORD)
    await page.getByLabel('New password').fill(OTHER_PASSWORD)
    await button(page, 'Change password').click()
    await page.getByText('Your password is changed').waitFor()
    // The stream's server still asks with the cookie before, which is refused once its replacement has settled.
    service.clock.advance(61_000)
    await expect.poll(() => stream.count().opened, { timeout: 10_000 }).toBeGreaterThan(1)
    expect(await heading(page, 'Your account').count()).toBe(1)

    service.clock.advance(601_000)
    await button(page, 'Download your data').click()
    await stepUp(page, OTHER_PASSWORD)
    expect(await heading(page, 'Your account').count()).toBe(1)
  })
})
