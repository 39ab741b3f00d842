import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { openBrowser } from '../testkit/browser.ts'
import { startService } from '../testkit/service.ts'

async function visit(settings: Record<string, string> = {}) {
  const service = await startService({ settings })
  onTestFinished(() => service.close())
  return openBrowser(service.url)
}

const PAGES = ['/', '/login', '/signup', '/forgot-password', '/reset-password', '/verify-email', '/accept-invitation']
const USER_PAGES = ['/account', '/security', '/sessions', '/users', '/events']

test.each([...PAGES, ...USER_PAGES])(
  'the page %s is served uncached, without a cookie, and without inline code',
  async (path) => {
    const answer = await (await visit()).get(path)
    expect(answer).toMatchObject({
      status: 200,
      setCookie: [],
      headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
    })
    expect(answer.headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
    expect(answer.text).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|\sstyle=/)
  },
)

test('the pages show the name of the service as text, whatever it contains', async () => {
  const browser = await visit({ SERVICE_NAME: "Ada & 'Grace' $&", ACCENT_COLOR: '#aa3377' })
  const { text } = await browser.get('/login')
  expect(text).toContain('<title>Ada &#38; &#39;Grace&#39; $&#38;</title>')
  expect(text).toContain('#aa3377')
})

test('with the pages off, GraphiQL is the only page that is served', async () => {
  const browser = await visit({ CONSOLE: 'false' })
  for (const path of [...PAGES, ...USER_PAGES]) expect([path, (await browser.get(path)).status]).toEqual([path, 404])
  expect((await browser.get('/graphiql')).status).toBe(200)
})

test('GraphiQL is served uncached and with a strict content security policy', async () => {
  const browser = await visit()
  const page = await browser.get('/graphiql')
  expect(page).toMatchObject({
    status: 200,
    setCookie: [],
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; script-src 'self';.* frame-ancestors 'none'$/,
      ),
    },
  })
  expect(page.headers['content-security-policy']).not.toMatch(/eval|blob:|https?:/)
  expect(await browser.send('HEAD', '/graphiql')).toMatchObject({ status: 200, text: '' })
})

test("GraphiQL's files are compressed and can be cached for a year", async () => {
  const browser = await visit()
  const scripts = (await browser.get('/graphiql')).text.match(/\/assets\/[\w.-]+/g) ?? []
  expect(scripts.length).toBeGreaterThan(0)
  const encodings = new Set<string | undefined>()
  for (const path of scripts) {
    const { status, headers } = await browser.get(path, { 'Accept-Encoding': 'gzip, br' })
    expect({ status, ...headers }).toMatchObject({
      status: 200,
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': expect.stringMatching(/^text\/(javascript|css); charset=utf-8$/),
      vary: expect.stringContaining('Accept-Encoding'),
    })
    encodings.add(headers['content-encoding'])
  }
  expect(encodings).toContain('br')
})

test.each([
  '/assets',
  '/assets/',
  '/assets/missing.js',
  '/assets/../graphiql.html',
  '/assets/..%2fgraphiql.html',
  '/assets/%2e%2e/%2e%2e/main.js',
  '/assets/%00',
  '/assets/%E0%A4%A',
  '/graphiql.html',
  '/graphiql/',
  '/index.html',
  '/login/',
  '/Login',
  '/.vite/manifest.json',
  '/GraphiQL',
  '/Assets/',
])('%s is not found', async (path) => {
  const answer = await (await visit()).get(path)
  expect(answer).toMatchObject({ status: 404, body: { errors: [{ extensions: { code: 'NOT_FOUND' } }] } })
  expect(answer.headers['cache-control']).toBe('no-store')
})

test.each(['/', '/login', '/graphiql', '/assets/'])('%s answers GET and HEAD only', async (path) => {
  for (const method of ['OPTIONS', 'POST', 'PUT', 'DELETE']) {
    const answer = await (await visit()).send(method, path, method === 'POST' ? {} : undefined)
    expect(answer).toMatchObject({ status: 404, body: { errors: [{ extensions: { code: 'NOT_FOUND' } }] } })
  }
})

test('with GraphiQL off, the pages are served, but not GraphiQL', async () => {
  const browser = await visit({ GRAPHIQL: 'false' })
  expect((await browser.get('/graphiql')).status).toBe(404)
  expect((await browser.get('/')).status).toBe(200)
})

interface Chunk {
  file: string
  imports?: string[]
}

const directory = new URL('../../dist/console/', import.meta.url)
const manifest: Record<string, Chunk> = JSON.parse(readFileSync(new URL('.vite/manifest.json', directory), 'utf8'))
const pages = Object.keys(manifest).filter((name) => name.startsWith('pages/'))

/** Finds the scripts that a browser loads before it shows a page. */
function findChunks(...names: string[]): Set<string> {
  const found = new Set<string>()
  const find = (name: string) => {
    if (found.has(name)) return
    found.add(name)
    for (const next of manifest[name]?.imports ?? []) find(next)
  }
  for (const name of names) find(name)
  return found
}

test('the scripts that a page needs are less than 150 kB as they are sent, and contain nothing of GraphiQL', async () => {
  const browser = await visit()
  const weigh = async (file: string) => {
    const { status, headers } = await browser.get(`/${file}`, { 'Accept-Encoding': 'gzip, deflate, br' })
    expect({ status, encoding: headers['content-encoding'] }).toEqual({ status: 200, encoding: 'br' })
    return Number(headers['content-length'])
  }
  expect(pages.length).toBeGreaterThan(6)
  for (const page of pages) {
    const files = [...findChunks('index.html', page)].map((name) => manifest[name]?.file ?? '')
    const bytes = (await Promise.all(files.map(weigh))).reduce((sum, size) => sum + size, 0)
    expect({ page, isLight: bytes > 20_000 && bytes < 150_000 }).toEqual({ page, isLight: true })
    const scripts = files.map((file) => readFileSync(new URL(file, directory), 'utf8'))
    expect(scripts.join('')).not.toMatch(/monaco|graphiql-/i)
  }
})

test('no page loads the list of known passwords before it is needed', () => {
  expect(Object.keys(manifest)).toContain('password-strength.ts')
  for (const page of pages) expect([...findChunks('index.html', page)]).not.toContain('password-strength.ts')
})
