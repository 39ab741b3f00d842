import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyEmail } from '../testkit/client.ts'
import { createVerifiedUser, queryFactors, resetUserFactors } from '../testkit/factors.ts'
import type { Service } from '../testkit/service.ts'
import { createUser } from '../testkit/users.ts'
import { hasChromium, launchChromium } from './chromium.ts'
import { button, heading, keepRecoveryCodes, logInOn, openPages, startPages } from './pages-kit.ts'
import { addVirtualAuthenticator } from './virtual-authenticator.ts'

const USE_PASSKEY = 'Log in with a passkey'
const NOT_USED = 'No passkey was used. Try again, or choose another way.'

/** Opens the security page as a user who adds a passkey there. */
async function addPasskeyOn(chromium: Browser, service: Service, ...others: Service[]) {
  const user = await createVerifiedUser(service)
  const pages = await openPages(chromium, service, ...others)
  const { page, open } = pages
  const authenticator = await addVirtualAuthenticator(page)
  await open('/security')
  await logInOn(page, user.email)
  await heading(page, 'Security').waitFor()
  await button(page, 'Add a passkey').click()
  await keepRecoveryCodes(page)
  await page.getByText('Your passkey is added.').waitFor()
  return { ...pages, user, authenticator }
}

/** Takes from later pages what the browser suggests by itself, which an authenticator of a test accepts at once. */
const turnOffSuggestions = (page: Page) =>
  page.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = async () => false')

/** Logs out, to a login page that waits for a click. */
async function logOutOn({ page, open }: { page: Page; open(path: string): Promise<void> }): Promise<void> {
  await turnOffSuggestions(page)
  await open('/account')
  await button(page, 'Log out').click()
  await heading(page, 'Log in').waitFor()
}

const queryAssurance = (page: Page) =>
  page.evaluate<string>(
    `fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ session { assurance } }' }),
    }).then((answer) => answer.json()).then(({ data }) => data.session.assurance)`,
  )

describe.skipIf(!hasChromium)('passkeys in Chromium', { timeout: 120_000 }, () => {
  let chromium: Browser
  beforeAll(async () => {
    chromium = await launchChromium()
  }, 60_000)
  afterAll(() => chromium?.close())

  test('a user adds a passkey and logs in with it by the button, with two factors', async () => {
    const service = await startPages()
    const pages = await addPasskeyOn(chromium, service)
    const { page, open, faults, authenticator } = pages
    await page.getByText('On one device').waitFor()
    await page.getByText('Add a second one on another device').waitFor()
    expect(await authenticator.listCredentials()).toMatchObject([{ isResidentCredential: true, rpId: 'localhost' }])

    await logOutOn(pages)
    await button(page, USE_PASSKEY).click()
    await heading(page, 'Hello').waitFor()
    expect(await queryAssurance(page)).toBe('MULTI_FACTOR')
    await open('/security')
    await page.getByText('Last used').waitFor()
    expect(faults).toEqual([])
  })

  test('a passkey is accepted from the suggestions for the email field', async () => {
    const service = await startPages()
    const { page, user, faults } = await addPasskeyOn(chromium, service)
    await button(page, 'Log out').click()
    await heading(page, 'Hello').waitFor()
    await page.getByText(`You are signed in as ${user.email}.`).waitFor()
    expect(await queryAssurance(page)).toBe('MULTI_FACTOR')
    expect(faults).toEqual([])
  })

  test('a passkey is named and removed, and the browser is told to forget it', async () => {
    const service = await startPages()
    const { page, faults, authenticator } = await addPasskeyOn(chromium, service)
    await button(page, 'Rename').click()
    await page.getByLabel('Name').fill('My laptop')
    await button(page, 'Save').click()
    await page.getByText('My laptop').waitFor()

    await button(page, 'Remove').click()
    await heading(page, 'Remove My laptop?').waitFor()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
    await page.getByText('My laptop is removed, and your other sessions have ended.').waitFor()
    await expect.poll(() => authenticator.listCredentials()).toEqual([])
    await button(page, 'Make new recovery codes').waitFor({ state: 'detached' })
    expect(faults).toEqual([])
  })

  test('a passkey that was removed elsewhere logs nobody in, and the browser is told to forget it', async () => {
    const service = await startPages()
    const pages = await addPasskeyOn(chromium, service)
    const { page, user, authenticator, faults } = pages
    await logOutOn(pages)
    const admin = await createUser(service, { roles: ['ADMIN'] })
    const { data } = await resetUserFactors(admin.browser, { id: user.id })
    expect(data).toMatchObject({ __typename: 'AdminUserSuccess' })
    await button(page, USE_PASSKEY).click()
    await page.getByRole('alert').waitFor()
    await expect.poll(() => authenticator.listCredentials()).toEqual([])
    await heading(page, 'Log in').waitFor()
    expect(faults).toEqual([])
  })

  test('a passkey of one service logs nobody in at another on the same host', async () => {
    const service = await startPages()
    const other = await startPages()
    const { page } = await addPasskeyOn(chromium, service, other)
    await turnOffSuggestions(page)
    await page.context().clearCookies()
    await page.goto(`${other.url}/login`)
    await button(page, USE_PASSKEY).click()
    await page.getByRole('alert').waitFor()
    await heading(page, 'Log in').waitFor()
  })

  test('where the host is not the one of the passkeys, that is told', async () => {
    const service = await startPages()
    const pages = await addPasskeyOn(chromium, service)
    const { page } = pages
    await logOutOn(pages)
    await page.route('**/graphql', async (route) => {
      const answer = await route.fetch()
      await route.fulfill({ response: answer, body: (await answer.text()).replace('"localhost"', '"example.com"') })
    })
    await button(page, USE_PASSKEY).click()
    await page.getByRole('alert').getByText('Passkeys do not work at this address.').waitFor()
  })

  test('a touch without the finger or the PIN logs nobody in', async () => {
    const service = await startPages()
    const pages = await addPasskeyOn(chromium, service)
    const { page, authenticator } = pages
    await logOutOn(pages)
    await authenticator.setUserVerified(false)
    await button(page, USE_PASSKEY).click()
    await page.getByRole('alert').getByText(NOT_USED).waitFor()
    await heading(page, 'Log in').waitFor()
  })

  test('an authenticator that cannot tell who touches it adds no passkey', async () => {
    const service = await startPages()
    const { email, browser } = await createVerifiedUser(service)
    const { page, open } = await openPages(chromium, service)
    await addVirtualAuthenticator(page, { canVerifyUser: false })
    await open('/security')
    await logInOn(page, email)
    await button(page, 'Add a passkey').click()
    await page.getByRole('alert').getByText(NOT_USED).waitFor()
    expect((await queryFactors(browser)).data?.passkeys).toEqual([])
  })

  test('a copy of a passkey, told by its counter, logs nobody in', async () => {
    const service = await startPages()
    const pages = await addPasskeyOn(chromium, service)
    const { page, authenticator, faults } = pages
    const [copied] = await authenticator.listCredentials()
    if (!copied) throw new Error('There is no passkey to copy.')
    await logOutOn(pages)
    await button(page, USE_PASSKEY).click()
    await heading(page, 'Hello').waitFor()

    await logOutOn(pages)
    await authenticator.remove()
    const copy = await addVirtualAuthenticator(page)
    await copy.addCredential({ ...copied, signCount: 0 })
    await button(page, USE_PASSKEY).click()
    await page.getByRole('alert').waitFor()
    await heading(page, 'Log in').waitFor()
    expect(faults).toEqual([])
  })

  test('who logs in with the password is asked for the passkey, and one recovery code stands in for it', async () => {
    const service = await startPages()
    const user = await createVerifiedUser(service)
    const pages = await openPages(chromium, service)
    const { page, open, faults } = pages
    await addVirtualAuthenticator(page)
    await open('/security')
    await logInOn(page, user.email)
    await button(page, 'Add a passkey').click()
    const [code = ''] = await keepRecoveryCodes(page)

    await logOutOn(pages)
    await logInOn(page, user.email)
    await heading(page, 'Use your passkey').waitFor()
    await button(page, 'Use a passkey').click()
    await heading(page, 'Hello').waitFor()
    expect(await queryAssurance(page)).toBe('MULTI_FACTOR')

    await logOutOn(pages)
    await logInOn(page, user.email)
    await button(page, 'Use a recovery code').click()
    await heading(page, 'Enter a code').waitFor()
    await page.getByLabel('Recovery code').fill(code)
    await button(page, 'Log in').click()
    await heading(page, 'Hello').waitFor()
    await open('/security')
    await page.getByText('Codes left: 9.').waitFor()
    expect(faults).toEqual([])
  })

  test('a step-up is confirmed with the passkey, and what was asked for goes on by itself', async () => {
    const service = await startPages()
    const { page, open, faults } = await addPasskeyOn(chromium, service)
    service.clock.advance(601_000)
    await open('/security')
    await button(page, 'Make new recovery codes').click()
    await heading(page, 'Confirm that it’s you').waitFor()
    await button(page, 'Confirm with a passkey').click()
    expect(await keepRecoveryCodes(page)).toHaveLength(10)
    expect(faults).toEqual([])
  })

  test('who has not verified their address is told so before the browser makes a passkey', async () => {
    const service = await startPages()
    const { email } = await createUser(service)
    const { page, open } = await openPages(chromium, service)
    const authenticator = await addVirtualAuthenticator(page)
    await open('/security')
    await logInOn(page, email)
    await button(page, 'Add a passkey').click()
    await page.getByRole('alert').waitFor()
    expect(await authenticator.listCredentials()).toEqual([])
    const { token } = await service.waitForMail(email)
    await verifyEmail(service.openBrowser(), { token })
    await button(page, 'Add a passkey').click()
    await keepRecoveryCodes(page)
  })
})
