import type { Locator, Page } from 'playwright-core'

/** The README's app, as its user sees it. */
export const loginForm = (page: Page): Locator => page.getByRole('heading', { name: 'Log in' })
export const greeting = (page: Page, name: string): Locator => page.getByRole('heading', { name: `Hello, ${name}` })

export async function logInOn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Log in' }).click()
}

/** Reads the cache of the app's current client. */
export function readCache(page: Page): Promise<string> {
  return page.evaluate<string>('JSON.stringify(inside.currentIdentity().client.cache.extract())')
}

/** Runs an operation by the app's present client, without waiting for its end; the page's `started` lists them. */
export async function start(page: Page, kind: 'query' | 'mutate', document: string): Promise<void> {
  await page.evaluate(
    ([verb, text]) => {
      const scope = globalThis as unknown as PageScope
      const { inside } = scope
      const run = { settled: false }
      scope.started ??= []
      scope.started.push(run)
      const settle = () => {
        run.settled = true
      }
      const parsed = inside.gql([text])
      const options = verb === 'query' ? { query: parsed, fetchPolicy: 'network-only' } : { mutation: parsed }
      inside.currentIdentity().client[verb](options).then(settle, settle)
    },
    [kind, document] as const,
  )
}

interface PageScope {
  inside: {
    gql(text: readonly string[]): unknown
    currentIdentity(): { client: Record<'query' | 'mutate', (options: object) => Promise<unknown>> }
  }
  started?: { settled: boolean }[]
}

/** Lets the service answer operations whose name begins so, and keeps the answers from the page until released. */
export async function heldAnswers(page: Page, prefix: string) {
  const held: { text: string; deliver(): Promise<void> }[] = []
  let arrived = () => {}
  await page.route('**/graphql', async (route) => {
    const { operationName }: { operationName?: string } = route.request().postDataJSON() ?? {}
    if (!operationName?.startsWith(prefix)) return route.continue()
    const response = await route.fetch()
    // A client that was stopped has given up on its queries: nobody takes their answers any more.
    held.push({ text: await response.text(), deliver: () => route.fulfill({ response }).catch(() => {}) })
    arrived()
  })
  return {
    /** What the service has answered, once there are so many. */
    async answers(count: number): Promise<string[]> {
      while (held.length < count)
        await new Promise<void>((resolve) => {
          arrived = resolve
        })
      return held.map(({ text }) => text)
    },
    async release(): Promise<void> {
      for (const { deliver } of held) await deliver()
    },
  }
}
