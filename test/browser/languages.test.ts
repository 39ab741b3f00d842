// The pages in the language of whoever sees them: every sentence of every page, at a width of 320 px, by eye and by ear.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import de from '../../src/texts/de.json' with { type: 'json' }
import { PASSWORD } from '../testkit/client.ts'
import { createUser } from '../testkit/users.ts'
import { hasChromium, launchChromium } from './chromium.ts'
import { button, findAxeFaults, heading, openPagesIn, startPages } from './pages-kit.ts'

const PAGES = [
  '/',
  '/login',
  '/signup',
  '/forgot-password',
  '/reset-password#token=wrong',
  '/reset-password',
  '/verify-email#token=wrong',
  '/verify-email',
  '/accept-invitation#token=wrong',
  '/accept-invitation',
]
const USER_PAGES = ['/', '/account', '/security', '/sessions', '/users', '/events']

/** The English sentences that a page in German shows. */
async function findEnglish(page: Page): Promise<string[]> {
  const english = Object.entries(de.pages)
    .filter(([key, text]) => key !== text && !key.includes('{{'))
    .map(([key]) => key)
  const shown = await page.evaluate<string[]>(
    `[...document.querySelectorAll('body *')].flatMap((element) => [
      ...[...element.childNodes].filter(({ nodeType }) => nodeType === 3).map(({ data }) => data.trim()),
      ...['aria-label', 'placeholder', 'title'].map((name) => element.getAttribute(name) ?? ''),
    ])`,
  )
  return shown.filter((text) => english.includes(text))
}

const findOverflow = (page: Page) =>
  page.evaluate<boolean>('document.documentElement.scrollWidth > document.documentElement.clientWidth')

async function look(page: Page, path: string) {
  await page.getByRole('heading', { level: 1 }).waitFor()
  const { lang, faults } = {
    lang: await page.getAttribute('html', 'lang'),
    faults: await findAxeFaults(page),
  }
  return { path, lang, faults, english: await findEnglish(page), overflows: await findOverflow(page) }
}

const right = (path: string) => ({ path, lang: 'de', faults: [], english: [], overflows: false })

describe.skipIf(!hasChromium)('the pages in German', () => {
  let chromium: Awaited<ReturnType<typeof launchChromium>>
  beforeAll(async () => {
    chromium = await launchChromium()
  })
  afterAll(() => chromium?.close())

  test('every page is in German for a browser that prefers it, and fits 320 px', async () => {
    const service = await startPages()
    const { page, open, faults } = await openPagesIn('de-AT', chromium, service)
    await page.setViewportSize({ width: 320, height: 700 })
    for (const path of PAGES) {
      await page.goto('about:blank')
      await open(path)
      expect(await look(page, path)).toEqual(right(path))
    }
    const { email } = await createUser(service, { roles: ['ADMIN'] })
    await open('/login')
    await page.getByLabel('E-Mail-Adresse').fill(email)
    await page.getByLabel('Passwort').fill('a wrong password of Ada')
    await button(page, 'Anmelden').click()
    await page.getByText('Die E-Mail-Adresse oder das Passwort ist falsch.').waitFor()
    expect(faults).toEqual([])
  })

  test('who signs up in German has pages and mails in German, everywhere, until they choose another language', async () => {
    const service = await startPages()
    const { page, open } = await openPagesIn('de', chromium, service)
    await page.setViewportSize({ width: 320, height: 700 })
    await open('/signup')
    await page.getByLabel('E-Mail-Adresse').fill('leserin@example.com')
    await page.getByLabel('Passwort').fill('kurz')
    await button(page, 'Registrieren').click()
    await page.getByText('Ihr Passwort muss mindestens 15 Zeichen lang sein.').waitFor()
    await page.getByLabel('Passwort').fill(PASSWORD)
    await button(page, 'Registrieren').click()
    await button(page, 'Abmelden').waitFor()
    expect((await service.waitForMail('leserin@example.com')).subject).toBe('Bestätigen Sie Ihre E-Mail-Adresse')
    for (const path of USER_PAGES) {
      await open(path)
      expect(await look(page, path)).toEqual(right(path))
    }

    const elsewhere = await openPagesIn('en', chromium, service)
    await elsewhere.open('/login')
    await elsewhere.page.getByLabel('Email').fill('leserin@example.com')
    await elsewhere.page.getByLabel('Password').fill(PASSWORD)
    await button(elsewhere.page, 'Log in').click()
    await button(elsewhere.page, 'Abmelden').waitFor()

    await open('/account')
    await page.getByLabel('Sprache der Seiten und Mails').selectOption('English')
    await button(page, 'Speichern').click()
    await heading(page, 'Your account').waitFor()
    await button(page, 'Log out').click()
    await heading(page, 'Log in').waitFor()
    await page.reload()
    await heading(page, 'Log in').waitFor()
    expect(await page.getAttribute('html', 'lang')).toBe('en')
  })

  test('a browser that prefers none of the languages gets English', async () => {
    const service = await startPages()
    const { page, open } = await openPagesIn('fr', chromium, service)
    await open('/login')
    expect(await page.getAttribute('html', 'lang')).toBe('en')
    expect(await heading(page, 'Log in').isVisible()).toBe(true)
  })

  test('a browser that keeps nothing for the pages shows them all the same', async () => {
    const service = await startPages()
    const { page, open } = await openPagesIn('de', chromium, service)
    await page.addInitScript("Object.defineProperty(window, 'localStorage', { get() { throw new Error('denied') } })")
    await open('/login')
    expect(await heading(page, 'Anmelden').isVisible()).toBe(true)
  })

  test('if the sentences cannot be loaded, the pages are in English', async () => {
    const service = await startPages()
    const { page, open } = await openPagesIn('de', chromium, service)
    await page.route('**/assets/de-*.js', (route) => route.abort())
    await open('/login')
    expect(await heading(page, 'Log in').isVisible()).toBe(true)
  })
})
