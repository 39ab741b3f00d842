// Parts by themselves: states that no driver reaches, or only after ten minutes.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { Cursors } from '../../src/embedded/storage/cursors.ts'
import { openEngine } from '../../src/embedded/storage/engine.ts'
import type { Value } from '../../src/embedded/values/value.ts'
import { listen } from '../../src/embedded/wire/address.ts'
import { WireServer } from '../../src/embedded/wire/server.ts'
import { createEmptyDirectory } from './kit.ts'

const buildCursor = () => ({ namespace: 'test.c', documents: [].values() as Iterator<Value> })

test('a cursor ends after ten idle minutes', () => {
  const cursors = new Cursors()
  const id = cursors.add(buildCursor())
  cursors.endIdle(Date.now() + 9 * 60_000)
  expect(cursors.get(id)).toBeDefined()
  cursors.endIdle(Date.now() + 11 * 60_000)
  expect(cursors.get(id)).toBeUndefined()
})

test('when there are more than 1,000 cursors, the one that has been idle for longest ends', () => {
  const cursors = new Cursors()
  const [first, second] = [cursors.add(buildCursor()), cursors.add(buildCursor())]
  Object.assign(cursors.get(first) as object, { lastUsed: 1 + Date.now() })
  for (let n = 2; n <= 1000; n++) cursors.add(buildCursor())
  expect(cursors.count).toBe(1000)
  expect([cursors.get(first) !== undefined, cursors.get(second) !== undefined]).toEqual([true, false])
})

const short = { directory: createEmptyDirectory(), runtime: createEmptyDirectory(), tmp: createEmptyDirectory() }
afterAll(() => {
  for (const directory of Object.values(short)) rmSync(directory, { recursive: true, force: true })
})
const long = `/tmp/${'long'.repeat(30)}`

test.each([
  [
    'in the directory',
    short.directory,
    short.runtime,
    short.tmp,
    /^mongodb:\/\/%2F[^/]*mongodb\.sock\/test$/,
    short.directory,
  ],
  [
    'in the runtime directory',
    long,
    short.runtime,
    short.tmp,
    /^mongodb:\/\/%2F[^/]*mongodb\.sock\/test$/,
    short.runtime,
  ],
  ['in a temporary directory', long, long, short.tmp, /^mongodb:\/\/%2F[^/]*mongodb\.sock\/test$/, short.tmp],
  ['on loopback with a secret', long, long, long, /^mongodb:\/\/127\.0\.0\.1:\d+\/test\?appName=[0-9a-f]{48}$/, ''],
])(
  'the server listens %s if that is the first place that can hold a socket',
  async (_where, directory, runtime, tmp, uri, place) => {
    vi.stubEnv('XDG_RUNTIME_DIR', runtime)
    vi.stubEnv('TMPDIR', tmp)
    onTestFinished(() => void vi.unstubAllEnvs())
    const address = await listen(directory, 'test')
    onTestFinished(async () => {
      await new Promise((resolve) => address.server.close(resolve))
      address.remove()
    })
    expect(address.uri).toMatch(uri)
    expect(decodeURIComponent(address.uri)).toContain(place)
  },
)

test('on loopback, a client without the secret is refused with an error that says so', async () => {
  const engine = await openEngine(join(short.directory, 'embedded.mdb'))
  vi.stubEnv('XDG_RUNTIME_DIR', '')
  vi.stubEnv('TMPDIR', long)
  const { server: listening, secret, uri } = await listen(long, 'test')
  vi.unstubAllEnvs()
  const failures: unknown[] = []
  const server = new WireServer(engine, listening, secret, (error) => failures.push(error))
  const client = await MongoClient.connect(uri)
  expect(await client.db().command({ ping: 1 })).toMatchObject({ ok: 1 })
  await client.close()
  const intruder = new MongoClient(uri.replace(/appName=.*/, 'appName=guess'), { serverSelectionTimeoutMS: 500 })
  await expect(intruder.connect()).rejects.toThrow(/has a secret, which is missing/)
  await intruder.close()
  await server.close()
  await engine.disk.close()
  expect(failures).toEqual([])
})
