// One failure, one answer, through every door; and what an index in the way leads to.
import { expect, onTestFinished, test } from 'vitest'
import { requestPasswordReset, signUp } from '../testkit/client.ts'
import { createTestDatabase } from '../testkit/database.ts'
import { startOwnProxiedService, startOwnService } from '../testkit/fixtures.ts'
import { LIMITS_WITHOUT_DATABASE } from '../testkit/service.ts'

const settings = { SESSION_SECRET: 'a secret of more than thirty-two bytes' }
const unavailable = {
  status: 503,
  setCookie: [],
  headers: { 'retry-after': '2' },
  body: { errors: [{ extensions: { code: 'UNAVAILABLE', retryAfter: 2 } }] },
}

async function createCookie(): Promise<string> {
  const browser = (await startOwnService({ settings })).openBrowser()
  await signUp(browser)
  return String(browser.cookie)
}

test('with the database away, from the start or later, an export is answered as a query is', async () => {
  const cookie = await createCookie()
  const limits = LIMITS_WITHOUT_DATABASE
  const awayFromStart = await startOwnProxiedService({ settings, limits, prepare: (proxy) => proxy.down() })
  const awayLater = await startOwnProxiedService({ settings, limits })
  awayLater.proxy.down()
  for (const service of [awayFromStart, awayLater]) {
    const browser = service.openBrowser()
    browser.setCookie(cookie)
    expect(await browser.get('/account/export')).toMatchObject(unavailable)
    expect(await browser.gql('{ me { email } }')).toMatchObject(unavailable)
    const listed = await browser.post('/graphql/stream', { query: 'subscription { sessionEnded { at } }' })
    expect(listed).toMatchObject(unavailable)
  }
})

test.each([
  ['the same key and other options', 'sessions', { expires: 1 }, { name: 'mine' }, 85],
  ['the same name and another key', 'users', { other: 1 }, { name: 'emailCanonical_1' }, 86],
] as const)(
  'an index with %s is in the way: the log names collection, index and what to do',
  async (_case, collection, key, options, code) => {
    const database = await createTestDatabase()
    onTestFinished(() => database.drop())
    await database.db.collection(collection).createIndex(key, options)
    const service = await startOwnService({ databaseUri: database.uri })
    expect(await service.openBrowser().get('/readyz')).toMatchObject({ status: 503 })
    expect(service.log.find(({ event }) => event === 'database.unavailable')).toMatchObject({
      ...{ level: 'error', collection, code },
      index: expect.stringContaining(collection === 'users' ? 'emailCanonical' : 'expires'),
      advice: expect.stringContaining('drop it'),
    })
  },
)

test('a request that queues a mail counts the queue without reading it', async () => {
  const service = await startOwnProxiedService()
  await requestPasswordReset(service.openBrowser(), { email: 'ada@example.com' })
  const counts = service.proxy.commands.filter(
    ({ command, collection }) => collection === 'mails' && /count|aggregate/.test(command),
  )
  expect(counts.map(({ command, document }) => [command, document.query])).toEqual([['count', undefined]])
})
