import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { logIn, OTHER_PASSWORD, PASSWORD, signUp } from '../testkit/client.ts'
import { createUser, grantRoles } from '../testkit/users.ts'
import { hasChromium, launchChromium } from './chromium.ts'
import { button, heading, logInOn, openPages, signUpOn, startPages, stepUp } from './pages-kit.ts'

const EMAIL = 'ada@example.com'

describe.skipIf(!hasChromium)('the pages in Chromium', { timeout: 120_000 }, () => {
  let chromium: Browser
  beforeAll(async () => {
    chromium = await launchChromium()
  }, 60_000)
  afterAll(() => chromium?.close())

  test('a visitor signs up, verifies the address by a click, logs out and logs in again', async () => {
    const service = await startPages()
    const visitor = await openPages(chromium, service)
    const { page, open, faults } = visitor
    await open('/')
    await page.getByRole('link', { name: 'Create an account' }).click()
    await heading(page, 'Sign up').waitFor()
    await page.getByLabel('First name').fill('Ada')
    await page.getByLabel('Last name').fill('Lovelace')
    await page.getByLabel('Email').fill(EMAIL)
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByText('Strong').waitFor()
    await button(page, 'Sign up').click()
    await heading(page, 'Hello, Ada Lovelace').waitFor()
    await page.getByText('Verify your email address.').waitFor()

    const { link } = await service.waitForMail(EMAIL)
    await page.goto(String(link))
    await heading(page, 'Verify your email').waitFor()
    expect(page.url()).toBe(`${service.url}/verify-email`)
    await button(page, 'Verify email').click()
    await page.getByText(`${EMAIL} is verified.`).waitFor()
    await page.getByRole('link', { name: 'Continue' }).click()
    await heading(page, 'Hello, Ada Lovelace').waitFor()
    expect(await page.getByText('Verify your email address.').count()).toBe(0)

    await button(page, 'Log out').click()
    await logInOn(page, EMAIL, 'not the password of anybody')
    await page.getByRole('alert').waitFor()
    expect(await page.getByLabel('Email').inputValue()).toBe(EMAIL)
    await expect.poll(() => page.getByLabel('Password').inputValue()).toBe('')
    await page.getByLabel('Remember me').check()
    await logInOn(page, EMAIL)
    await heading(page, 'Hello, Ada Lovelace').waitFor()
    const cookies = await page.context().cookies()
    expect(cookies.map(({ name, httpOnly }) => [name, httpOnly]).sort()).toEqual([
      ['device', true],
      ['sid', true],
    ])
    expect(cookies.find(({ name }) => name === 'sid')?.expires).toBeGreaterThan(0)
    expect(faults).toEqual([])
  })

  test('a forgotten password is set anew by the link of a mail, which works once', async () => {
    const service = await startPages()
    await signUp(service.openBrowser(), { email: EMAIL })
    await service.waitForMail(EMAIL)
    const { page, open, faults } = await openPages(chromium, service)
    await open('/login')
    await page.getByRole('link', { name: 'Forgot your password?' }).click()
    await heading(page, 'Forgot your password?').waitFor()
    await page.getByLabel('Email').fill(EMAIL)
    await button(page, 'Send the link').click()
    await page.getByText('is on its way').waitFor()

    const { link } = await service.waitForMail(EMAIL)
    await page.goto(String(link))
    await heading(page, 'Set a new password').waitFor()
    expect(page.url()).toBe(`${service.url}/reset-password`)
    await page.getByLabel('New password').fill('too short')
    await button(page, 'Set password').click()
    await page.getByRole('alert').waitFor()
    await page.getByLabel('New password').fill(OTHER_PASSWORD)
    await button(page, 'Set password').click()
    await page.getByText('Your new password is set').waitFor()
    await page.getByRole('link', { name: 'Go to log in' }).click()
    await logInOn(page, EMAIL, OTHER_PASSWORD)
    await button(page, 'Log out').waitFor()

    await page.goto('about:blank')
    await page.goto(String(link))
    await page.getByLabel('New password').fill('yet another long phrase')
    await button(page, 'Set password').click()
    await page.getByText('This link is not valid any more.').waitFor()
    await page.getByRole('link', { name: 'Ask for a new one' }).waitFor()
    expect(faults).toEqual([])
  })

  test('a user changes name, address and password, takes their data along, and leaves', async () => {
    const service = await startPages()
    const visitor = await openPages(chromium, service)
    const { page, open, faults } = visitor
    await signUpOn(visitor, EMAIL)
    await service.waitForMail(EMAIL)
    await open('/account')
    await page.getByLabel('First name').fill('<img src=x onerror=alert(1)>')
    await button(page, 'Save').click()
    await page.getByText('Saved.').waitFor()

    await page.getByLabel('Current password').fill(PASSWORD)
    await page.getByLabel('New password').fill(OTHER_PASSWORD)
    await button(page, 'Change password').click()
    await page.getByText('Your password is changed').waitFor()
    expect(await page.getByLabel('New password').inputValue()).toBe('')

    service.clock.advance(601_000)
    await page.getByLabel('Email').fill('countess@example.com')
    await button(page, 'Change email').click()
    await stepUp(page, OTHER_PASSWORD)
    await page.getByText('Open the link that we have sent to countess@example.com').waitFor()
    const { link } = await service.waitForMail('countess@example.com')
    const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Download your data').click()])
    expect(download.suggestedFilename()).toBe('account.json')

    await page.goto(String(link))
    await button(page, 'Verify email').click()
    await page.getByRole('link', { name: 'Continue' }).click()
    await heading(page, 'Hello, <img src=x onerror=alert(1)>').waitFor()
    await page.getByText('You are signed in as countess@example.com.').waitFor()

    await open('/account')
    await button(page, 'Delete account').click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete account' }).click()
    await page.getByText('Your account has been deleted.').waitFor()
    expect(await service.db.collection('users').countDocuments()).toBe(0)
    expect(faults).toEqual([])
  })

  test('a user sees their devices, ends one, the others, and all', async () => {
    const service = await startPages()
    const visitor = await openPages(chromium, service)
    const { page, open, faults } = visitor
    await signUpOn(visitor, EMAIL)
    await open('/sessions')
    await page.getByText('You are signed in on this device only.').waitFor()
    const phone = service.openBrowser({ headers: { 'User-Agent': 'A phone' } })
    for (const device of [phone, service.openBrowser(), service.openBrowser()]) await logIn(device, { email: EMAIL })

    service.clock.advance(601_000)
    await page.reload()
    await button(page, 'End session').first().click()
    await stepUp(page)
    await expect.poll(() => button(page, 'End session').count()).toBe(2)
    await button(page, 'End other sessions').click()
    await page.getByText('All other sessions have ended.').waitFor()
    expect((await phone.gql('{ session { id } }')).body.data).toEqual({ session: null })

    await logIn(phone, { email: EMAIL })
    await button(page, 'Log out everywhere').click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Log out everywhere' }).click()
    await heading(page, 'Log in').waitFor()
    expect((await phone.gql('{ session { id } }')).body.data).toEqual({ session: null })
    expect(faults).toEqual([])
  })

  test('an administrator finds a user, gives them a role, ends their sessions and disables them', async () => {
    const service = await startPages()
    const somebody = await createUser(service, { email: 'grace@example.com' })
    for (let number = 10; number < 31; number += 1) await createUser(service, { email: `user${number}@example.com` })
    const visitor = await openPages(chromium, service)
    const { page, open, faults } = visitor
    await signUpOn(visitor, EMAIL)
    await grantRoles(service, { email: EMAIL, roles: ['ADMIN'] })
    await open('/users')
    await button(page, 'Next page').click()
    await page.getByText('user30@example.com').waitFor()
    await button(page, 'Previous page').click()
    await page.getByLabel('Search').fill('GRACE')
    await button(page, 'Manage grace@example.com').click()
    await page.getByRole('checkbox', { name: 'SUPPORT' }).check()
    service.clock.advance(601_000)
    await button(page, 'Save roles').click()
    await stepUp(page)
    await page.getByText('The roles are saved.').waitFor()
    await button(page, 'End sessions').click()
    await page.getByText('All sessions of this user have ended.').waitFor()
    expect((await somebody.browser.gql('{ session { id } }')).body.data).toEqual({ session: null })
    await button(page, 'Disable').click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Disable' }).click()
    await page.getByText('Disabled', { exact: true }).waitFor()
    expect(await service.db.collection('users').findOne({ emailCanonical: 'grace@example.com' })).toMatchObject({
      roles: ['SUPPORT'],
      disabledAt: expect.any(Date),
    })
    await page.getByLabel('Search').fill('nobody-of-this-name')
    await page.getByText('Nobody found').waitFor()
    expect(faults).toEqual([])
  })

  test('an administrator reads what happened to a user, by kind, and what is older', async () => {
    const service = await startPages()
    const somebody = await createUser(service, { email: 'grace@example.com' })
    for (let number = 0; number < 21; number += 1) await logIn(somebody.browser, { email: 'grace@example.com' })
    const visitor = await openPages(chromium, service)
    const { page, open, faults } = visitor
    await signUpOn(visitor, EMAIL)
    await grantRoles(service, { email: EMAIL, roles: ['ADMIN'] })
    await open('/users')
    await button(page, 'Manage grace@example.com').click()
    await page.getByRole('link', { name: 'Events' }).last().click()
    await heading(page, 'Events').waitFor()
    await page.getByText(`Only events about the user ${somebody.id}.`).waitFor()
    const rows = page.getByRole('list', { name: 'Events' }).getByRole('listitem')
    await expect.poll(() => rows.count()).toBe(20)
    expect(await rows.first().innerText()).toMatch(/^Logged in/)
    expect(await rows.first().innerText()).toContain('login.succeeded')
    await button(page, 'Show older').click()
    await expect.poll(() => rows.last().innerText()).toContain('Created the account')
    await page.getByLabel('Kind of event').fill('signup.succeeded')
    await expect.poll(() => rows.count()).toBe(1)
    await page.getByRole('link', { name: 'Show all' }).click()
    await expect.poll(() => rows.count()).toBe(2)
    await page.getByLabel('Kind of event').fill('nothing.like-this')
    await page.getByText('No events', { exact: true }).waitFor()
    expect(faults).toEqual([])
  })
})
