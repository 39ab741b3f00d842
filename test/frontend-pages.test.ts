import { expect, it, onTestFinished } from 'vitest'
import { openBrowser } from './testkit/browser.ts'
import { startService } from './testkit/service.ts'

async function visitor(settings: Record<string, string> = {}) {
  const service = await startService({ settings })
  onTestFinished(() => service.close())
  return openBrowser(service.url)
}

it('leads from / to GraphiQL, which is never cached and runs under a strict policy', async () => {
  const somebody = await visitor()
  const root = await somebody.get('/')
  expect(root).toMatchObject({ status: 302, headers: { location: '/graphiql', 'cache-control': 'no-store' } })

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
  '/GraphiQL',
  '/Assets/',
])('has nothing at %s', async (path) => {
  const answer = await (await visitor()).get(path)
  expect(answer).toMatchObject({ status: 404, body: { errors: [{ extensions: { code: 'NOT_FOUND' } }] } })
  expect(answer.headers['cache-control']).toBe('no-store')
})

it.each(['/', '/graphiql', '/assets/'])('answers %s by GET and HEAD only', async (path) => {
  for (const method of ['OPTIONS', 'POST', 'PUT', 'DELETE']) {
    const answer = await (await visitor()).send(method, path, method === 'POST' ? {} : undefined)
    expect(answer).toMatchObject({ status: 404, body: { errors: [{ extensions: { code: 'NOT_FOUND' } }] } })
  }
})

it('shows a plain page at / where GraphiQL is off, and nothing at /graphiql', async () => {
  const somebody = await visitor({ GRAPHIQL: 'false' })
  expect((await somebody.get('/graphiql')).status).toBe(404)
  const root = await somebody.get('/')
  expect(root).toMatchObject({
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  })
  for (const name of ['/graphql', '/graphiql', 'README']) expect(root.text).toContain(name)
  expect(root.headers['content-security-policy']).toMatch(/^default-src 'none'/)
})
