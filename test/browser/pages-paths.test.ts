import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { logIn, signUp } from '../testkit/client.ts'
import { grantRoles } from '../testkit/users.ts'
import { hasChromium, launchChromium } from './chromium.ts'
import { button, findAxeFaults, heading, logInOn, openPages, signUpOn, startPages } from './pages-kit.ts'

const EMAIL = 'ada@example.com'

describe.skipIf(!hasChromium)('the ways through the pages in Chromium', { timeout: 120_000 }, () => {
  let chromium: Browser
  beforeAll(async () => {
    chromium = await launchChromium()
  }, 60_000)
  afterAll(() => chromium?.close())

  test('a page for users leads to the login and back', async () => {
    const service = await startPages()
    await signUp(service.openBrowser(), { email: EMAIL })
    const { page, open, faults } = await openPages(chromium, service)
    await open('/sessions')
    await logInOn(page, EMAIL)
    await heading(page, 'Your sessions').waitFor()
    expect(faults).toEqual([])
  })

  test('returnTo leads back to a listed front end, also by way of the sign-up', async () => {
    const service = await startPages({ ALLOWED_ORIGINS: 'http://app.localhost:1' })
    const { page, open } = await openPages(chromium, service)
    await page.route('http://app.localhost:1/**', (route) => route.fulfill({ body: 'The front end' }))
    await open(`/login?${new URLSearchParams({ returnTo: 'http://app.localhost:1/cart?item=1' })}`)
    await page.getByRole('link', { name: 'Create an account' }).click()
    await heading(page, 'Sign up').waitFor()
    await page.getByLabel('Email').fill(EMAIL)
    await page.getByLabel('Password').fill('a long phrase that nobody guesses')
    await button(page, 'Sign up').click()
    await page.getByText('The front end').waitFor()
    expect(page.url()).toBe('http://app.localhost:1/cart?item=1')
  })

  test.each([
    'https://evil.example.com/',
    '//evil.example.com/',
    '/\\evil.example.com/',
    'javascript:alert(1)',
    'http://user:secret@localhost/',
    'data:text/html,hello',
    'account',
  ])('returnTo is ignored where it is %s', async (returnTo) => {
    const service = await startPages()
    await signUp(service.openBrowser(), { email: EMAIL })
    const { page, open, faults } = await openPages(chromium, service)
    await open(`/login?${new URLSearchParams({ returnTo })}`)
    await logInOn(page, EMAIL)
    await heading(page, 'Hello').waitFor()
    expect(page.url()).toBe(`${service.url}/`)
    expect(faults).toEqual([])
  })

  test('where a verified address is required, returnTo survives the mail', async () => {
    const service = await startPages({ EMAIL_VERIFICATION: 'required' })
    const { page, open, faults } = await openPages(chromium, service)
    await open('/signup?returnTo=/account')
    await page.getByLabel('Email').fill(EMAIL)
    await page.getByLabel('Password').fill('correct horse battery staple')
    await button(page, 'Sign up').click()
    await heading(page, 'Check your mail').waitFor()
    const { link } = await service.waitForMail(EMAIL)
    const tab = await page.context().newPage()
    await tab.goto(String(link))
    await button(tab, 'Verify email').click()
    await tab.getByRole('link', { name: 'Go to log in' }).click()
    await logInOn(tab, EMAIL)
    await heading(tab, 'Your account').waitFor()
    expect(faults).toEqual([])
  })

  test('faults are told at their fields, the focus goes there, and what was typed stays', async () => {
    const service = await startPages()
    await signUp(service.openBrowser(), { email: EMAIL })
    const { page, open, faults } = await openPages(chromium, service)
    await open('/signup')
    await page.getByLabel('First name').fill('Ada')
    await page.getByLabel('Email').fill('ada')
    await page.getByLabel('Password').fill('short')
    await button(page, 'Sign up').click()
    await page.getByText('Enter a valid email address.').waitFor()
    await page.getByText('Your password must be at least 15 characters long.').waitFor()
    await expect.poll(() => page.evaluate('document.activeElement.name')).toBe('email')

    await page.getByLabel('Email').fill(EMAIL)
    await page.getByLabel('Password').fill('a quiet harbour before dawn')
    await button(page, 'Sign up').click()
    await page.getByRole('alert').waitFor()
    await expect.poll(() => page.evaluate('document.activeElement.name')).toBe('email')
    expect(await page.getByLabel('First name').inputValue()).toBe('Ada')
    expect(await page.getByLabel('Password').inputValue()).toBe('a quiet harbour before dawn')
    expect(faults).toEqual([])
  })

  test('a service that is away is told, and another try works', async () => {
    const service = await startPages()
    await signUp(service.openBrowser(), { email: EMAIL })
    const { page, open } = await openPages(chromium, service)
    await open('/login')
    await page.route('**/graphql', (route) => route.abort())
    await logInOn(page, EMAIL)
    await page.getByText('The service cannot be reached.').waitFor()
    await page.unroute('**/graphql')
    await logInOn(page, EMAIL)
    await button(page, 'Log out').waitFor()

    await page.route('**/graphql', (route) =>
      route.fulfill({
        status: 503,
        json: { errors: [{ message: 'Away.', extensions: { code: 'UNAVAILABLE', retryAfter: 2 } }] },
      }),
    )
    await page.getByRole('link', { name: 'Sessions' }).first().click()
    await page.getByText('The service is not available at the moment.').waitFor()
    await page.unroute('**/graphql')
    await button(page, 'Try again').click()
    await page.getByText('This device').waitFor()
  })

  test('too many attempts are told with the seconds to wait', async () => {
    const service = await startPages()
    const { page, open } = await openPages(chromium, service)
    await open('/login')
    const errors = [{ message: 'Too many.', extensions: { code: 'RATE_LIMITED', retryAfter: 42 } }]
    await page.route('**/graphql', (route) => route.fulfill({ status: 429, json: { errors, data: null } }))
    await logInOn(page, EMAIL)
    await page.getByText('Too many attempts. Try again in 42 seconds.').waitFor()
  })

  test('two tabs never show two users, and a session that was ended elsewhere shows the login', async () => {
    const service = await startPages()
    await signUp(service.openBrowser(), { email: 'grace@example.com' })
    const visitor = await openPages(chromium, service)
    const { page, faults } = visitor
    await signUpOn(visitor, EMAIL)
    const tab = await page.context().newPage()
    await tab.goto(`${service.url}/account`)
    await tab.getByText(EMAIL).first().waitFor()
    await button(page, 'Log out').click()
    await heading(tab, 'Log in').waitFor()
    await logInOn(page, 'grace@example.com')
    await heading(tab, 'Your account').waitFor()
    await tab.getByText('grace@example.com').first().waitFor()

    const elsewhere = service.openBrowser()
    await logIn(elsewhere, { email: 'grace@example.com' })
    await elsewhere.gql('mutation { revokeAllSessions { count } }')
    await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`)
    await heading(tab, 'Log in').waitFor()
    expect(faults).toEqual([])
  })

  test.each(['light', 'dark'] as const)('no page has a serious fault of accessibility, in %s', async (colorScheme) => {
    const service = await startPages({ ACCENT_COLOR: '#ffd400' })
    const visitor = await openPages(chromium, service)
    const { page, open, faults } = visitor
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const found: string[] = []
    const look = async (name: string) => {
      found.push(...(await findAxeFaults(page)).map((fault) => `${name}: ${fault}`))
      const width = await page.evaluate<number>('document.documentElement.scrollWidth')
      if (width > (page.viewportSize()?.width ?? 0)) found.push(`${name}: ${width} pixels wide`)
    }
    await page.setViewportSize({ width: 320, height: 700 })
    for (const path of [
      '/',
      '/login',
      '/forgot-password',
      '/reset-password',
      '/reset-password#token=x',
      '/verify-email',
    ]) {
      await open('/login')
      await open(path)
      await look(path)
    }
    await open('/signup')
    await page.getByLabel('Password').fill('short')
    await button(page, 'Sign up').click()
    await page.getByRole('meter').waitFor()
    await look('/signup')
    await signUpOn(visitor, EMAIL)
    await grantRoles(service, { email: EMAIL, roles: ['ADMIN'] })
    await logIn(service.openBrowser(), { email: EMAIL })
    for (const path of ['/', '/account', '/sessions', '/users']) {
      await open(path)
      if (path === '/users') await button(page, `Manage ${EMAIL}`).click()
      if (path === '/sessions') await button(page, 'End session').waitFor()
      await look(`${path} of a user`)
    }
    service.clock.advance(601_000)
    await button(page, 'End sessions').click()
    await page.getByRole('dialog').waitFor()
    await look('step-up')
    expect(found).toEqual([])
    expect(faults).toEqual([])
  })
})
