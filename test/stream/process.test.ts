// Streams of the built service: those of a clone's own feature, and what a signal does to them.
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { logOut, signUp } from '../testkit/client.ts'
import { createTemporaryDirectory, serveProcess } from '../testkit/process.ts'
import { openStream } from '../testkit/stream.ts'
import { waitUntil } from '../testkit/wait.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const SDL = `
extend type Subscription {
  "Counts for the user."
  counted: Count @authenticated
  "Counts for staff."
  staffCounted: Count @requiresScopes(scopes: [["users:read"]])
  "Counts for anyone."
  publicCounted: Count @public
  "Counts without a pause, each time with a long text."
  flood: Count @authenticated
  "Fails after its first event."
  broken: Count @authenticated
}

"A count."
type Count {
  "How far."
  count: Int!
  "A long text."
  text: String
  "Who is counted for."
  email: String
}
`

const FEATURE = `
import { setTimeout } from 'node:timers/promises'
async function* count(field, context) {
  for (let count = 1; ; count += 1) {
    yield { [field]: { count } }
    if (field === 'broken') throw new Error('a secret')
    await setTimeout(50, undefined, { signal: context.stream.signal })
  }
}
const subscription = (field) => ({ subscribe: (_parent, _args, context) => count(field, context) })
async function* flood(log) {
  let count = 0
  try {
    for (;;) {
      count += 1
      await setTimeout(0)
      yield { flood: { count, text: 'x'.repeat(100_000) } }
    }
  } finally {
    log.info({ event: 'flood.over', count })
  }
}
export default ({ log }) => ({
  resolvers: {
    Subscription: {
      flood: { subscribe: () => flood(log) },
      ...Object.fromEntries(
        ['counted', 'staffCounted', 'publicCounted', 'broken'].map((field) => [field, subscription(field)]),
      ),
    },
    Count: { email: async (_count, _args, { auth }) => (await auth.authenticate())?.user.email ?? null },
  },
})
`

/** A copy of the built service with a feature that counts. */
function copyWithFeature(): string {
  const clone = createTemporaryDirectory()
  for (const name of ['dist', 'schema', 'package.json'])
    cpSync(join(ROOT, name), join(clone, name), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'))
  rmSync(join(clone, 'dist/features/notes'), { recursive: true, force: true })
  rmSync(join(clone, 'schema/app'), { recursive: true, force: true })
  for (const path of ['schema/app', 'dist/features/counts']) mkdirSync(join(clone, path), { recursive: true })
  writeFileSync(join(clone, 'schema/app/count.graphql'), SDL)
  writeFileSync(join(clone, 'dist/features/counts/feature.js'), FEATURE)
  return join(clone, 'dist/main.js')
}

test("a feature's subscription tells its events until the session ends, and its guards hold", async () => {
  const { service, browser } = await serveProcess({ main: copyWithFeature() })
  const url = await service.listening
  await signUp(browser)

  const counted = await openStream(url, browser, { query: 'subscription { counted { count email } }' })
  await waitUntil(() => expect(counted.answers.length).toBeGreaterThan(2))
  expect(counted.answers[1]).toEqual({ data: { counted: { count: 2, email: 'ada@example.com' } } })

  const staff = await openStream(url, browser, { query: 'subscription { staffCounted { count } }' })
  expect(await staff.waitForEnd()).toContain('FORBIDDEN')
  const stranger = await openStream(url, { cookie: undefined }, { query: 'subscription { counted { count } }' })
  expect(await stranger.waitForEnd()).toContain('UNAUTHENTICATED')
  const anyone = await openStream(
    url,
    { cookie: undefined },
    { query: 'subscription { publicCounted { count email } }' },
  )
  await waitUntil(() => expect(anyone.answers[0]).toEqual({ data: { publicCounted: { count: 1, email: null } } }))

  const broken = await openStream(url, browser, { query: 'subscription { broken { count } }' })
  expect(await broken.waitForEnd()).not.toContain('secret')
  expect(broken.answers).toMatchObject([
    { data: { broken: { count: 1 } } },
    { errors: [{ message: 'Something went wrong.', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] },
  ])

  await logOut(browser)
  expect(await counted.waitForEnd()).toMatch(/event: complete\ndata: ?\n\n$/)
  expect(anyone.isOver).toBe(false)
})

test('a client that never reads is cut, and its source is asked for no more than the connection holds', async () => {
  const { service, browser } = await serveProcess({ main: copyWithFeature() })
  await signUp(browser)
  const url = await service.listening
  const stream = await openStream(url, browser, { query: 'subscription { flood { count text } }', isRead: false })
  expect(stream.status).toBe(200)
  const { count } = await service.waitForLog(({ event }) => event === 'flood.over')
  expect(Number(count)).toBeLessThan(300)
})

test('SIGTERM completes the open streams, and the service stops within its grace', async () => {
  const { service, browser } = await serveProcess()
  await signUp(browser)
  const stream = await openStream(await service.listening, browser)
  expect(stream.status).toBe(200)
  expect(await service.stop()).toBe(0)
  expect(await stream.waitForEnd()).toMatch(/event: complete\ndata: ?\n\n$/)
  expect(stream.answers).toEqual([])
})
