import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { logIn, PASSWORD, signUp } from '../testkit/client.ts'
import { createUserWithApp, makeCode } from '../testkit/factors.ts'
import { openFront } from '../testkit/front-end.ts'
import { type Service, startService } from '../testkit/service.ts'
import { hasChromium, launchChromium, openPage } from './chromium.ts'
import { greeting, heldAnswers, logInOn, loginForm, readCache, start } from './readme-app.ts'

describe.skipIf(!hasChromium)("the README's Apollo Client app in Chromium", { timeout: 60_000 }, () => {
  let chromium: Browser
  let service: Service
  let fronts: Awaited<ReturnType<typeof openFront>>[]
  const places = { 'another port': '', 'a sibling subdomain': '', "Vite's proxy": '', 'another site': '' }

  beforeAll(async () => {
    fronts = await Promise.all([openFront(), openFront(), openFront()])
    const [port, subdomain, proxy] = fronts.map((front) => front.port)
    places['another port'] = `http://localhost:${port}`
    places['another site'] = `http://127.0.0.1:${port}`
    places['a sibling subdomain'] = `http://app.gatehouse.localhost:${subdomain}`
    places["Vite's proxy"] = `http://localhost:${proxy}`
    service = await startService({ settings: { ALLOWED_ORIGINS: Object.values(places).join() } })
    await Promise.all([
      fronts[0]?.show('another origin', service.url),
      fronts[1]?.show('another origin', service.url.replace('localhost', 'api.gatehouse.localhost')),
      fronts[2]?.show('same origin', service.url),
    ])
    chromium = await launchChromium()
    for (const name of ['ada', 'grace']) await signUp(service.openBrowser(), { email: `${name}@example.com` })
  }, 60_000)
  afterAll(async () => {
    await chromium?.close()
    for (const front of fronts) await front.close()
    await service.close()
  })

  const visit = async (place: keyof typeof places) => {
    const api = service.url.replace(
      'localhost',
      place === 'a sibling subdomain' ? 'api.gatehouse.localhost' : 'localhost',
    )
    const visitor = await openPage(chromium, [places[place], api])
    await visitor.page.goto(places[place])
    return visitor
  }

  test.each(['another port', 'a sibling subdomain', "Vite's proxy"] as const)(
    'the app logs in and out from %s, and the other tab follows',
    async (place) => {
      const { page, faults } = await visit(place)
      const otherTab = await page.context().newPage()
      await otherTab.goto(places[place])
      await loginForm(otherTab).waitFor()

      await logInOn(page, 'ada@example.com', 'not the password of anybody')
      await page.getByText('The email address or the password is wrong.').waitFor()
      expect(await page.getByLabel('Email').inputValue()).toBe('ada@example.com')
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Log in')
      await logInOn(page, 'ada@example.com', PASSWORD)
      for (const tab of [page, otherTab]) await greeting(tab, 'ada@example.com').waitFor()
      expect(await page.evaluate('document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage })')).toBe('{}')

      await otherTab.getByRole('button', { name: 'Log out' }).click()
      for (const tab of [otherTab, page]) await loginForm(tab).waitFor()
      expect(await readCache(page)).not.toContain('ada@')

      await logInOn(page, 'grace@example.com', PASSWORD)
      for (const tab of [page, otherTab]) {
        await greeting(tab, 'grace@example.com').waitFor()
        expect(await readCache(tab)).not.toContain('ada@')
      }
      expect(faults).toEqual([])
    },
  )

  test('a user with a second factor logs in with a code', async () => {
    const { email, secret } = await createUserWithApp(service)
    const { page, faults } = await visit('another port')
    await logInOn(page, email, PASSWORD)
    await page.getByRole('heading', { name: 'Enter a code' }).waitFor()
    await page.getByLabel('Code').fill(makeCode(service, secret))
    await page.getByRole('button', { name: 'Continue' }).click()
    await greeting(page, email).waitFor()
    expect(faults).toEqual([])
  })

  test('a late answer for the previous user never reaches the next one', async () => {
    const { page, faults } = await visit('another port')
    await logInOn(page, 'ada@example.com', PASSWORD)
    await greeting(page, 'ada@example.com').waitFor()

    const held = await heldAnswers(page, 'Late')
    await start(page, 'query', 'query LateQuery { me { id email firstName } }')
    await start(
      page,
      'mutate',
      'mutation LateMutation { updateProfile(input: {}) { ... on UpdateProfileSuccess { user { id email } } } }',
    )
    expect(await held.answers(2)).toEqual([expect.stringContaining('ada@'), expect.stringContaining('ada@')])

    await page.getByRole('button', { name: 'Log out' }).click()
    await logInOn(page, 'grace@example.com', PASSWORD)
    await greeting(page, 'grace@example.com').waitFor()
    await held.release()
    await expect.poll(() => page.evaluate('started.every(({ settled }) => settled)')).toBe(true)
    expect(await readCache(page)).toContain('grace@')
    expect(await readCache(page)).not.toContain('ada@')
    expect(faults).toEqual([])
  })

  test('a late UNAUTHENTICATED error for the previous user does not log out the next one', async () => {
    const { page, faults } = await visit('another port')
    await logInOn(page, 'ada@example.com', PASSWORD)
    await greeting(page, 'ada@example.com').waitFor()
    await endAllSessions('ada@example.com')

    const held = await heldAnswers(page, 'Late')
    await start(page, 'mutate', 'mutation LateMutation { updateProfile(input: {}) { __typename } }')
    expect(await held.answers(1)).toEqual([expect.stringContaining('UNAUTHENTICATED')])
    await page.getByRole('button', { name: 'Log out' }).click()
    await logInOn(page, 'grace@example.com', PASSWORD)
    await greeting(page, 'grace@example.com').waitFor()
    const epoch = await page.evaluate('inside.currentIdentity().epoch')

    await held.release()
    await expect.poll(() => page.evaluate('started.every(({ settled }) => settled)')).toBe(true)
    expect(await page.evaluate('inside.currentIdentity().epoch')).toBe(epoch)
    expect(faults).toEqual([])
  })

  test('the app shows the login form once when the session has ended elsewhere, without a loop', async () => {
    const { page, faults } = await visit('another port')
    await logInOn(page, 'ada@example.com', PASSWORD)
    await greeting(page, 'ada@example.com').waitFor()
    const epoch = Number(await page.evaluate('inside.currentIdentity().epoch'))
    await endAllSessions('ada@example.com')

    await start(page, 'query', 'query AfterTheEnd { me { id } }')
    await loginForm(page).waitFor()
    await start(page, 'query', 'query StillNobody { me { id } }')
    await expect.poll(() => page.evaluate('started.every(({ settled }) => settled)')).toBe(true)
    expect(await page.evaluate('inside.currentIdentity().epoch')).toBe(epoch + 1)
    expect(faults).toEqual([])
  })

  test('the app checks the session again when the back button restores the page', async () => {
    const { page, faults } = await visit("Vite's proxy")
    await logInOn(page, 'ada@example.com', PASSWORD)
    await greeting(page, 'ada@example.com').waitFor()
    await endAllSessions('ada@example.com')
    await page.evaluate(`window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))`)
    await loginForm(page).waitFor()
    expect(faults).toEqual([])
  })

  test('a page of another site cannot stay logged in, and the service warns of it at its start', async () => {
    const { page, faults } = await visit('another site')
    await logInOn(page, 'ada@example.com', PASSWORD)
    await expect.poll(() => page.evaluate('inside.currentIdentity().epoch')).toBe(1)
    await loginForm(page).waitFor()
    expect(await page.context().cookies()).toEqual([])
    expect(service.log).toContainEqual(
      expect.objectContaining({ event: 'start.warning', origin: places['another site'] }),
    )
    expect(faults).toEqual([])
  })

  async function endAllSessions(email: string) {
    const elsewhere = service.openBrowser()
    await logIn(elsewhere, { email })
    const { body } = await elsewhere.gql('mutation { revokeAllSessions { count } }')
    expect(body.errors).toBeUndefined()
  }
})
