import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD } from '../testkit/client.ts'
import { createUserWithApp, createVerifiedUser, makeCode, STEP_MS, type UserWithApp } from '../testkit/factors.ts'
import type { Service } from '../testkit/service.ts'
import { createUser } from '../testkit/users.ts'
import { hasChromium, launchChromium } from './chromium.ts'
import { button, findAxeFaults, heading, keepRecoveryCodes, logInOn, openPages, startPages } from './pages-kit.ts'

const NEXT_CODE_MS = STEP_MS

/** Logs in with the password, and comes to the page that asks for the code. */
async function comeToCode(page: Page, email: string): Promise<void> {
  await logInOn(page, email)
  await heading(page, 'Enter a code').waitFor()
}

/** Opens a page as a user with an authenticator app, who logs in with its code. */
async function openWithApp(chromium: Browser, service: Service, path: string) {
  const user = await createUserWithApp(service)
  const pages = await openPages(chromium, service)
  await pages.open(path)
  await comeToCode(pages.page, user.email)
  await enterCode(pages.page, service, user)
  await button(pages.page, 'Log out').waitFor()
  return { ...pages, user }
}

async function enterCode(page: Page, service: Service, { secret }: Pick<UserWithApp, 'secret'>): Promise<void> {
  await page.getByLabel('Code').fill(makeCode(service, secret))
  await button(page, 'Log in').click()
  service.clock.advance(NEXT_CODE_MS)
}

describe.skipIf(!hasChromium)('second factors in Chromium', { timeout: 120_000 }, () => {
  let chromium: Browser
  beforeAll(async () => {
    chromium = await launchChromium()
  }, 60_000)
  afterAll(() => chromium?.close())

  test('a user sets up an authenticator app, and from then on logs in with its code', async () => {
    const service = await startPages()
    const { email } = await createVerifiedUser(service)
    const { page, open, faults } = await openPages(chromium, service)
    await open('/security')
    await logInOn(page, email)
    await button(page, 'Set up an authenticator app').click()
    await page.getByRole('img', { name: 'The key as a picture to scan' }).waitFor()
    const secret = await page.locator('code.key').innerText()
    await page.getByLabel('Code').fill('not a code')
    await button(page, 'Turn on').click()
    await expect.poll(() => page.getByLabel('Code').getAttribute('aria-invalid')).toBe('true')
    await page.getByLabel('Code').fill(makeCode(service, secret))
    await button(page, 'Turn on').click()

    await heading(page, 'Keep your recovery codes').waitFor()
    await button(page, 'Done').click()
    await page.getByText('Say first that you have kept the codes.').waitFor()
    await page.keyboard.press('Escape')
    const codes = await keepRecoveryCodes(page)
    expect(codes).toHaveLength(10)
    await page.getByText('The authenticator app is set up.').waitFor()

    service.clock.advance(NEXT_CODE_MS)
    await button(page, 'Log out').click()
    await comeToCode(page, email)
    await page.getByLabel('Code').fill('000000')
    await button(page, 'Log in').click()
    await expect.poll(() => page.getByLabel('Code').getAttribute('aria-invalid')).toBe('true')
    await enterCode(page, service, { secret })
    await heading(page, 'Hello').waitFor()
    expect(faults).toEqual([])
  })

  test('a recovery code logs in once, and new ones take the place of those that are left', async () => {
    const service = await startPages()
    const { page, open, user, faults } = await openWithApp(chromium, service, '/security')
    await button(page, 'Log out').click()
    const [code = ''] = user.recoveryCodes
    for (const isNew of [true, false]) {
      await comeToCode(page, user.email)
      await button(page, 'Use a recovery code').click()
      await page.getByLabel('Recovery code').fill(code)
      await button(page, 'Log in').click()
      if (isNew) {
        await heading(page, 'Hello').waitFor()
        await open('/security')
        await page.getByText('Codes left: 9.').waitFor()
        await button(page, 'Make new recovery codes').click()
        expect(await keepRecoveryCodes(page)).not.toContain(code)
        await page.getByText('Codes left: 10.').waitFor()
        await button(page, 'Log out').click()
      } else await expect.poll(() => page.getByLabel('Recovery code').getAttribute('aria-invalid')).toBe('true')
    }
    expect(faults).toEqual([])
  })

  test('a step-up asks for the password and a code, and the app is then removed', async () => {
    const service = await startPages()
    const { page, open, user, faults } = await openWithApp(chromium, service, '/security')
    service.clock.advance(601_000)
    await open('/security')
    await button(page, 'Remove').click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
    await heading(page, 'Confirm that it’s you').waitFor()
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByLabel('Code').fill(makeCode(service, user.secret))
    await button(page, 'Confirm').click()
    await page.getByText('The authenticator app is removed, and your other sessions have ended.').waitFor()
    await open('/security')
    const activity = page.getByRole('list', { name: 'Activity' })
    await activity.getByText('Removed a second factor, from Chrome on Linux').waitFor()
    await activity.getByText('Added a second factor').waitFor()
    await button(page, 'Set up an authenticator app').waitFor()
    expect(faults).toEqual([])
  })

  test('a login is good for five wrong codes, then it starts again from the password', async () => {
    const service = await startPages()
    const user = await createUserWithApp(service)
    const { page, open, faults } = await openPages(chromium, service)
    await open('/login')
    await comeToCode(page, user.email)
    for (const code of ['000001', '000002', '000003', '000004', '000005', '000006']) {
      await page.getByLabel('Code').fill(code)
      const answered = page.waitForResponse('**/graphql')
      await button(page, 'Log in').click()
      await (await answered).finished()
    }
    await heading(page, 'Log in again').waitFor()
    await button(page, 'Back to the login').click()
    await comeToCode(page, user.email)
    expect(faults).toEqual([])
  })

  test('staff who must have a second factor are led to one, and manage users with it', async () => {
    const service = await startPages({ REQUIRE_SECOND_FACTOR: 'staff' })
    const { email } = await createVerifiedUser(service, { roles: ['ADMIN'] })
    const { page, open, faults } = await openPages(chromium, service)
    await open('/login')
    await logInOn(page, email)
    await heading(page, 'Hello').waitFor()
    expect(await page.getByRole('link', { name: 'Users' }).count()).toBe(0)
    await page.getByRole('link', { name: 'Set one up' }).click()
    await button(page, 'Set up an authenticator app').click()
    const secret = await page.locator('code.key').innerText()
    await page.getByLabel('Code').fill(makeCode(service, secret))
    await button(page, 'Turn on').click()
    await keepRecoveryCodes(page)
    await page.getByRole('link', { name: 'Users' }).click()
    await button(page, `Manage ${email}`).waitFor()
    expect(faults).toEqual([])
  })

  test('an administrator takes all second factors from somebody who lost them', async () => {
    const service = await startPages()
    const lost = await createUserWithApp(service)
    const admin = await createUser(service, { roles: ['ADMIN'] })
    const { page, open, faults } = await openPages(chromium, service)
    await open('/users')
    await logInOn(page, admin.email)
    await button(page, `Manage ${lost.email}`).click()
    await button(page, 'Reset second factors').click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Reset second factors' }).click()
    await page.getByRole('alertdialog').waitFor({ state: 'detached' })
    await expect.poll(() => button(page, 'Reset second factors').count()).toBe(0)
    await button(page, 'End sessions').waitFor()
    expect(faults).toEqual([])
  })

  test.each(['light', 'dark'] as const)(
    'no page of second factors has a serious fault of accessibility, in %s',
    async (colorScheme) => {
      const service = await startPages({ ACCENT_COLOR: '#ffd400' })
      const user = await createUserWithApp(service)
      const { page, open, faults } = await openPages(chromium, service)
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.setViewportSize({ width: 320, height: 700 })
      const found: string[] = []
      const look = async (name: string) => {
        found.push(...(await findAxeFaults(page)).map((fault) => `${name}: ${fault}`))
        const width = await page.evaluate<number>('document.documentElement.scrollWidth')
        if (width > 320) found.push(`${name}: ${width} pixels wide`)
      }
      await open('/security')
      await comeToCode(page, user.email)
      await look('the code page')
      await button(page, 'Use a recovery code').click()
      await look('the recovery code page')
      await button(page, 'Use another way').click()
      await enterCode(page, service, user)
      await button(page, 'Set up another app').click()
      await page.getByRole('img', { name: 'The key as a picture to scan' }).waitFor()
      await look('the security page')
      await button(page, 'Make new recovery codes').click()
      await heading(page, 'Keep your recovery codes').waitFor()
      await look('the recovery codes')
      await page.screenshot({ path: `/tmp/codes-${colorScheme}.png` })
      await keepRecoveryCodes(page)
      service.clock.advance(601_000)
      await open('/security')
      await button(page, 'Make new recovery codes').click()
      await page.getByRole('dialog').getByLabel('Code').waitFor()
      await look('the step-up')
      await page.screenshot({ path: `/tmp/stepup-${colorScheme}.png` })
      expect(found).toEqual([])
      expect(faults).toEqual([])
    },
  )
})
