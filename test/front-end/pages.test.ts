import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openBrowser } from '../testkit/browser.ts'
import { startService } from '../testkit/service.ts'

async function visitor(settings: Record<string, string> = {}) {
  const service = await startService({ settings })
  onTestFinished(() => service.close())
  return openBrowser(service.url)
}

const PAGES = ['/', '/login', '/signup', '/forgot-password', '/reset-password', '/verify-email']
const USER_PAGES = ['/account', '/sessions', '/users']

it.each([...PAGES, ...USER_PAGES])(
  'serves the page %s uncached, without a cookie, and without inline code',
  async (path) => {
    const answer = await (await visitor()).get(path)
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

it('puts the name of the service into its pages as text, whatever it holds', async () => {
  const somebody = await visitor({ SERVICE_NAME: "Ada & 'Grace' $&", ACCENT_COLOR: '#aa3377' })
  const { text } = await somebody.get('/login')
  expect(text).toContain('<title>Ada &#38; &#39;Grace&#39; $&#38;</title>')
  expect(text).toContain('#aa3377')
})

it('serves no page but GraphiQL where the pages are off', async () => {
  const somebody = await visitor({ CONSOLE: 'false' })
  for (const path of [...PAGES, ...USER_PAGES]) expect([path, (await somebody.get(path)).status]).toEqual([path, 404])
  expect((await somebody.get('/graphiql')).status).toBe(200)
})

it('serves GraphiQL uncached and under a strict policy', async () => {
  const somebody = await visitor()
  const page = await somebody.get('/graphiql')
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
  expect(await somebody.send('HEAD', '/graphiql')).toMatchObject({ status: 200, text: '' })
})

it("serves GraphiQL's files compressed, and to keep for good", async () => {
  const somebody = await visitor()
  const scripts = (await somebody.get('/graphiql')).text.match(/\/assets\/[\w.-]+/g) ?? []
  expect(scripts.length).toBeGreaterThan(0)
  const encodings = new Set<string | undefined>()
  for (const path of scripts) {
    const { status, headers } = await somebody.get(path, { 'Accept-Encoding': 'gzip, br' })
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

it.each([
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
])('has nothing at %s', async (path) => {
  const answer = await (await visitor()).get(path)
  expect(answer).toMatchObject({ status: 404, body: { errors: [{ extensions: { code: 'NOT_FOUND' } }] } })
  expect(answer.headers['cache-control']).toBe('no-store')
})

it.each(['/', '/login', '/graphiql', '/assets/'])('answers %s by GET and HEAD only', async (path) => {
  for (const method of ['OPTIONS', 'POST', 'PUT', 'DELETE']) {
    const answer = await (await visitor()).send(method, path, method === 'POST' ? {} : undefined)
    expect(answer).toMatchObject({ status: 404, body: { errors: [{ extensions: { code: 'NOT_FOUND' } }] } })
  }
})

it('serves the pages and no GraphiQL where GraphiQL is off', async () => {
  const somebody = await visitor({ GRAPHIQL: 'false' })
  expect((await somebody.get('/graphiql')).status).toBe(404)
  expect((await somebody.get('/')).status).toBe(200)
})

interface Chunk {
  file: string
  imports?: string[]
}

describe('the scripts of the pages', () => {
  const directory = new URL('../../dist/console/', import.meta.url)
  const manifest: Record<string, Chunk> = JSON.parse(readFileSync(new URL('.vite/manifest.json', directory), 'utf8'))
  const pages = Object.keys(manifest).filter((name) => name.startsWith('pages/'))

  /** What a browser loads before it shows a page. */
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

  it('are less than 150 kB, compressed, before any page is seen, and hold nothing of GraphiQL', () => {
    expect(pages.length).toBeGreaterThan(6)
    for (const page of pages) {
      const names = [...findChunks('index.html', page)]
      const scripts = names.map((name) => readFileSync(new URL(manifest[name]?.file ?? '', directory)))
      const bytes = scripts.reduce((sum, script) => sum + gzipSync(script).length, 0)
      expect({ page, isLight: bytes > 20_000 && bytes < 150_000 }).toEqual({ page, isLight: true })
      expect(scripts.join('')).not.toMatch(/monaco|graphiql-/i)
    }
  })

  it('have the list of known passwords come when a new password is typed, and not before', () => {
    expect(Object.keys(manifest)).toContain('password-strength.ts')
    for (const page of pages) expect([...findChunks('index.html', page)]).not.toContain('password-strength.ts')
  })
})
