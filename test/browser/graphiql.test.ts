import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startService } from '../testkit/service.ts'
import { hasChromium, launchChromium, openPage, storedText } from './chromium.ts'

describe.skipIf(!hasChromium)('GraphiQL in Chromium', { timeout: 60_000 }, () => {
  let chromium: Browser
  beforeAll(async () => {
    chromium = await launchChromium()
  }, 60_000)
  afterAll(() => chromium?.close())

  async function visit(settings: Record<string, string> = {}) {
    const service = await startService({ settings })
    onTestFinished(() => service.close())
    return { url: service.url, ...(await openPage(chromium, [service.url])) }
  }

  test('the ready tabs sign up, show the user and the session, log out and log in', async () => {
    const { url, page, faults } = await visit()
    await openGraphiql(page, `${url}/graphiql`)
    expect(await page.getByRole('tab').allInnerTexts()).toEqual(['SignUp', 'LogIn', 'WhoAmI', 'MySessions', 'LogOut'])

    expect(await run(page, 'SignUp')).toMatchObject({ data: { signup: { __typename: 'SignupSuccess' } } })
    expect(await run(page, 'WhoAmI')).toMatchObject({ data: { me: { email: 'ada@example.com', firstName: 'Ada' } } })
    expect(await run(page, 'MySessions')).toMatchObject({ data: { sessions: [{ current: true }] } })
    expect(await run(page, 'LogOut')).toMatchObject({ data: { logout: { ended: true } } })
    expect(await run(page, 'WhoAmI')).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
    expect(await run(page, 'LogIn')).toMatchObject({ data: { login: { __typename: 'LoginSuccess' } } })

    expect(await page.evaluate('document.cookie')).toBe('')
    expect(await storedText(page)).not.toContain('please choose')
    expect(faults).toEqual([])
  })

  test('GraphiQL completes fields by keyboard, runs a typed query, and shows the docs', async () => {
    const { url, page, faults } = await visit()
    await openGraphiql(page, `${url}/graphiql`)

    await page.getByRole('button', { name: 'New tab' }).click()
    await page.locator('.graphiql-query-editor .view-lines').click()
    await page.keyboard.type('query Typed { sessi')
    await page.keyboard.press('Control+Space')
    const suggestions = page.locator('.suggest-widget .label-name')
    await suggestions.first().waitFor()
    expect(await suggestions.allInnerTexts()).toEqual(['session', 'sessions'])
    await page.keyboard.press('Escape')

    await replaceQuery(page, 'query Typed { session { id } }')
    expect(await readAnswer(page, 'Typed', () => page.keyboard.press('Control+Enter'))).toEqual({
      data: { session: null },
    })

    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
    const docs = page.locator('.graphiql-doc-explorer')
    await docs.getByText('Query', { exact: true }).click()
    await docs.getByText('The signed-in user.').waitFor()
    expect(faults).toEqual([])
  })

  test('a link opens its query in front of the ready tabs', async () => {
    const { url, page, faults } = await visit()
    const link = new URLSearchParams({
      query: 'query First { session { id } } query Second($yes: Boolean!) { session { id @include(if: $yes) } }',
      variables: '{"yes":true}',
      operationName: 'Second',
    })
    await openGraphiql(page, `${url}/graphiql?${link}`)

    expect((await page.getByRole('tab').allInnerTexts()).slice(0, 2)).toEqual(['Second', 'SignUp'])
    expect(await run(page, 'Second')).toEqual({ data: { session: null } })
    expect(await readText(page, 'variables')).toBe('{"yes":true}')
    expect(faults).toEqual([])
  })

  test('a reload restores typed queries without their passwords', async () => {
    const { url, page, faults } = await visit()
    await openGraphiql(page, `${url}/graphiql`)
    await page.getByRole('button', { name: 'New tab' }).click()
    const typed =
      'mutation Mine { login(input: { email: "ada@example.com", password: "typed into the query" }) { __typename } }'
    await replaceQuery(page, typed)
    await expect.poll(() => storedText(page)).toContain('mutation Mine')

    await page.reload()
    await page.getByRole('tab', { name: 'Mine' }).waitFor()
    expect(await page.getByRole('tab').allInnerTexts()).toEqual([
      'SignUp',
      'LogIn',
      'WhoAmI',
      'MySessions',
      'LogOut',
      'Mine',
    ])
    await expect.poll(() => readText(page, 'operation')).toBe(typed.replace('"typed into the query"', '""'))
    await page.getByRole('tab', { name: 'LogIn' }).click()
    await expect.poll(() => readText(page, 'variables')).toContain('"email": "ada@example.com"')
    expect(await readText(page, 'variables')).toContain('"password": ""')
    expect(await storedText(page)).not.toMatch(/please choose|typed into/)
    expect(faults).toEqual([])
  })

  test('an error is shown with its location, but without a stack or a typed value', async () => {
    const { url, page, faults } = await visit()
    await openGraphiql(page, `${url}/graphiql`)
    await page.getByRole('button', { name: 'New tab' }).click()
    await replaceQuery(
      page,
      'mutation Wrong { login(input: { email: 77012345, pasword: "a typed secret" }) { __typename } }',
    )

    const answer = await readAnswer(page, 'Wrong', () => page.keyboard.press('Control+Enter'))
    expect(answer).toMatchObject({ errors: [{ locations: [{ line: 1 }] }, {}, {}] })
    expect(JSON.stringify(answer)).not.toMatch(/stack|node_modules|\.[jt]s\b|77012345|a typed secret/)
    expect(faults).toEqual([expect.stringContaining('status of 400')])
  })

  test('GraphiQL can be enabled in production, where it says that the docs need INTROSPECTION=true', async () => {
    const { url, page, faults } = await visit({
      ...{ NODE_ENV: 'production', GRAPHIQL: 'true', SESSION_SECRET: 'a secret of thirty-two bytes or so' },
      ...{ SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'gatehouse@example.com' },
    })
    await openGraphiql(page, `${url}/graphiql`)

    await expect.poll(() => readText(page, 'response')).toContain('INTROSPECTION=true')
    expect(await run(page, 'SignUp')).toMatchObject({ data: { signup: { __typename: 'SignupSuccess' } } })
    expect(await run(page, 'WhoAmI')).toMatchObject({ data: { me: { email: 'ada@example.com' } } })
    // The browser's own line about the refused introspection.
    expect(faults).toEqual([expect.stringContaining('status of 400')])
  })
})

async function openGraphiql(page: Page, address: string): Promise<void> {
  await page.goto(address)
  await page.locator('.graphiql-query-editor .view-lines').waitFor()
}

/** Runs the operation of the tab of that name, and waits until its answer is shown. */
async function run(page: Page, tab: string): Promise<unknown> {
  await page.getByRole('tab', { name: tab }).click()
  await expect.poll(() => readText(page, 'operation')).toContain(` ${tab}`)
  return readAnswer(page, tab, () => page.getByRole('button', { name: 'Execute query' }).click())
}

async function readAnswer(page: Page, operation: string, act: () => Promise<unknown>): Promise<unknown> {
  const [response] = await Promise.all([
    page.waitForResponse((one) => one.request().postData()?.includes(` ${operation}`) ?? false),
    act(),
  ])
  const answer: unknown = await response.json()
  await expect.poll(async () => JSON.parse((await readText(page, 'response')) || 'null')).toEqual(answer)
  return answer
}

async function replaceQuery(page: Page, query: string): Promise<void> {
  await page.locator('.graphiql-query-editor .view-lines').click()
  await page.keyboard.press('Control+A')
  await page.keyboard.press('Delete')
  await page.keyboard.insertText(query)
}

/** Monaco shows only the lines in view; its model has them all. */
function readText(page: Page, editor: 'operation' | 'variables' | 'response'): Promise<string> {
  return page.evaluate<string>(
    `__MONACO.editor.getModels().find(({ uri }) => uri.path.includes('${editor}.'))?.getValue() ?? ''`,
  )
}
