import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import { onTestFinished } from 'vitest'
import { PASSWORD } from '../testkit/client.ts'
import { type Service, startService } from '../testkit/service.ts'
import { openPage, type WatchedPage } from './chromium.ts'

/** The pages of a service of their own, as a visitor sees them. */
export interface Pages extends WatchedPage {
  service: Service
  /** Opens a page and waits for its heading. */
  open(path: string): Promise<void>
}

/** Opens the pages of a service, and of others if need be, in a profile of its own. */
export async function openPages(chromium: Browser, service: Service, ...others: Service[]): Promise<Pages> {
  const watched = await openPage(
    chromium,
    [service, ...others].map(({ url }) => url),
  )
  return watchPages(watched, service)
}

/** Opens the pages of a service in a profile that prefers a language. */
export const openPagesIn = async (locale: string, chromium: Browser, service: Service): Promise<Pages> =>
  watchPages(await openPage(chromium, [service.url], locale), service)

function watchPages(watched: WatchedPage, service: Service): Pages {
  onTestFinished(() => watched.page.context().close())
  return {
    ...{ ...watched, service },
    async open(path) {
      await watched.page.goto(`${service.url}${path}`)
      await watched.page.getByRole('heading', { level: 1 }).waitFor()
    },
  }
}

export async function startPages(settings: Record<string, string> = {}): Promise<Service> {
  const service = await startService({ settings })
  onTestFinished(() => service.close())
  return service
}

export const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true })
export const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

export async function signUpOn({ page, open }: Pages, email: string): Promise<void> {
  await open('/signup')
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(PASSWORD)
  await button(page, 'Sign up').click()
  await button(page, 'Log out').waitFor()
}

export async function logInOn(page: Page, email: string, password = PASSWORD): Promise<void> {
  await heading(page, 'Log in').waitFor()
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(password)
  await button(page, 'Log in').click()
}

/** Answers the dialog that asks for the password again. */
export async function stepUp(page: Page, password = PASSWORD): Promise<void> {
  await page.getByRole('dialog').getByLabel('Password').fill(password)
  await button(page, 'Confirm').click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}

/** Says that the recovery codes are kept, and gives them. */
export async function keepRecoveryCodes(page: Page): Promise<string[]> {
  const codes = page.getByRole('list', { name: 'Recovery codes' })
  const alert = page.getByRole('alert')
  await codes.or(alert).first().waitFor()
  if (!(await codes.isVisible())) throw new Error(`Instead of codes: ${await alert.first().innerText()}`)
  const texts = await codes.getByRole('listitem').allInnerTexts()
  await page.getByLabel('I have kept these codes').check()
  await button(page, 'Done').click()
  await codes.waitFor({ state: 'detached' })
  return texts
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** The serious faults that axe finds on the page as it stands, each with its element. */
export function findAxeFaults(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(
    `(async () => {
      ${axe}
      const { violations } = await axe.run()
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' '))
    })()`,
  )
}
