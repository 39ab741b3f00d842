import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD } from '../testkit/client.ts'
import { acceptInvitation } from '../testkit/invitations.ts'
import type { Service } from '../testkit/service.ts'
import { runAdmin } from '../testkit/shell.ts'
import { advanceUntil } from '../testkit/wait.ts'
import { hasChromium, launchChromium } from './chromium.ts'
import { button, findAxeFaults, heading, logInOn, openPages, startPages } from './pages-kit.ts'

/** Invites the first ADMIN at the shell, as an operator does. */
async function createFirstAdmin(service: Service, email: string): Promise<void> {
  await runAdmin({ DATA_DIR: service.dataDir, MONGODB_URI: service.databaseUri }, ['invite', email, 'ADMIN'])
  await advanceUntil(service, 60_000, () => expect(service.log.map(({ event }) => event)).toContain('mail.written'))
  const { token } = await service.waitForMail(email)
  await acceptInvitation(service.openBrowser(), { token })
}

describe.skipIf(!hasChromium)('invitations in Chromium', { timeout: 120_000 }, () => {
  let chromium: Browser
  beforeAll(async () => {
    chromium = await launchChromium()
  }, 60_000)
  afterAll(() => chromium?.close())

  test('an administrator invites somebody, who gets in with the role that they were given', async () => {
    const service = await startPages({ SIGNUP: 'invited' })
    await createFirstAdmin(service, 'admin@example.com')
    const { page, open, faults } = await openPages(chromium, service)
    await open('/users')
    await logInOn(page, 'admin@example.com')
    await button(page, 'Invite').click()
    await heading(page, 'Invite somebody').waitFor()
    await page.getByLabel('Email').fill('grace@example.com')
    await page.getByRole('checkbox', { name: 'SUPPORT' }).check()
    expect(await findAxeFaults(page)).toEqual([])
    await button(page, 'Send invitation').click()
    await page.getByText('An invitation is on its way to grace@example.com.').waitFor()

    const { link } = await service.waitForMail('grace@example.com')
    const guest = await openPages(chromium, service)
    await guest.page.goto(String(link))
    await heading(guest.page, 'Accept the invitation').waitFor()
    expect(guest.page.url()).toBe(`${service.url}/accept-invitation`)
    expect(await findAxeFaults(guest.page)).toEqual([])
    await guest.page.getByLabel('First name').fill('Grace')
    await guest.page.getByLabel('Password').fill(PASSWORD)
    await button(guest.page, 'Create account').click()
    await heading(guest.page, 'Hello, Grace').waitFor()
    await guest.page.getByRole('link', { name: 'Users' }).first().waitFor()

    await guest.page.goto(String(link))
    await heading(guest.page, 'Accept the invitation').waitFor()
    await guest.page.getByLabel('Password').fill(PASSWORD)
    await button(guest.page, 'Create account').click()
    await guest.page.getByText('This link is not valid any more.').waitFor()
    expect([...faults, ...guest.faults]).toEqual([])
  })

  test('where signing up is not open, no page offers it', async () => {
    const service = await startPages({ SIGNUP: 'invited' })
    const { page, open } = await openPages(chromium, service)
    for (const path of ['/', '/login']) {
      await open(path)
      expect(await page.getByRole('link', { name: 'Create an account' }).count()).toBe(0)
    }
    await open('/signup')
    await page.getByText('New accounts are by invitation.').waitFor()
    expect(await button(page, 'Sign up').count()).toBe(0)
  })
})
