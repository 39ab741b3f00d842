import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { WAIT_MS } from '../testkit/wait.ts'

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'

export const hasChromium = existsSync(executablePath)

if (!hasChromium)
  console.warn(`Skipped, as there is no Chromium at ${executablePath}; the variable CHROMIUM names another place.`)

const quiet = ['--no-first-run', '--disable-gpu', '--disable-quic', '--disable-sync']
const offline = ['--disable-background-networking', '--disable-component-update']

/** A headless Chromium that asks nothing of the network by itself. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox', ...quiet, ...offline] })
}

export interface WatchedPage {
  page: Page
  /** What no page of this profile may do: console errors, exceptions, policy violations, requests to origins not in `home`. */
  faults: string[]
}

/** A page in a profile of its own, watched for what it must not do. */
export async function openPage(browser: Browser, home: readonly string[], locale = 'en-US'): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, locale })
  context.setDefaultTimeout(WAIT_MS)
  const faults: string[] = []
  watchRequests(context, home, faults)
  context.on('page', (page) => page.on('pageerror', (error) => faults.push(`exception: ${error.message}`)))
  context.on('console', (line) => {
    if (line.type() === 'error' || line.type() === 'warning') faults.push(`console ${line.type()}: ${line.text()}`)
  })
  await context.addInitScript(
    `document.addEventListener('securitypolicyviolation', (event) =>
      console.error('policy:', event.violatedDirective, event.blockedURI))`,
  )
  return { page: await context.newPage(), faults }
}

function watchRequests(context: BrowserContext, home: readonly string[], faults: string[]): void {
  context.on('request', (request) => {
    const { protocol, origin } = new URL(request.url())
    if (protocol !== 'data:' && !home.includes(origin)) faults.push(`foreign request: ${request.url()}`)
  })
}

/** All that the page's origin keeps in this browser, as text, but for cookies. */
export function storedText(page: Page): Promise<string> {
  return page.evaluate<string>(
    `(async () => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, await indexedDB.databases(), await caches.keys()]))()`,
  )
}
