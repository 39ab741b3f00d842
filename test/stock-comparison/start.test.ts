// What ends other processes at their start, or at their first login.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { getSignedInEmail, signUp } from '../testkit/client.ts'
import { createTestDatabase, type TestDatabase } from '../testkit/database.ts'
import { startOwnService } from '../testkit/fixtures.ts'
import { type MongoProxy, startProxy } from '../testkit/mongo/proxy.ts'
import { LIMITS_WITHOUT_DATABASE } from '../testkit/service.ts'

const ROOT = new URL('../..', import.meta.url)

let database: TestDatabase
let proxy: MongoProxy
beforeAll(async () => {
  database = await createTestDatabase()
  proxy = await startProxy(database.uri)
})
afterAll(async () => {
  await proxy.close()
  await database.drop()
})

test('a database that is away at start does not end the service, which works once it is there, without a restart', async () => {
  proxy.down()
  const service = await startOwnService({ databaseUri: proxy.uri, limits: LIMITS_WITHOUT_DATABASE })
  const ada = service.openBrowser()
  expect(await ada.get('/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } })
  expect(await ada.get('/readyz')).toMatchObject({ status: 503, body: { status: 'unavailable' } })
  expect(await signUp(ada)).toMatchObject({ status: 503, code: 'UNAVAILABLE', setCookie: [] })
  proxy.up()
  service.clock.advance(60_000)
  await service.waitForLog(({ event }) => event === 'database.ready')
  expect(await ada.get('/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } })
  await signUp(ada)
  expect(await getSignedInEmail(ada)).toBe('ada@example.com')
})

test('a refused index does not end the service', async () => {
  const refusal = proxy.fail({ command: 'createIndexes', collection: 'sessions', code: 13, codeName: 'Unauthorized' })
  const service = await startOwnService({ databaseUri: proxy.uri, limits: LIMITS_WITHOUT_DATABASE })
  await refusal.reached
  expect(await service.openBrowser().get('/readyz')).toMatchObject({ status: 503 })
  expect(await service.openBrowser().get('/healthz')).toMatchObject({ status: 200 })
})

test('argon2 is pinned to one exact version', () => {
  const { dependencies } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'))
  expect(dependencies.argon2).toMatch(/^\d+\.\d+\.\d+$/)
})

test('an argon2 that crashes at its first hash ends the start with a clear text, before anybody is answered', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-argon2-'))
  const preload = join(directory, 'crash.cjs')
  // Stands for a broken binary: the process that asks for a hash is killed by a signal, as by a fault in memory.
  const crash = "if (process.execArgv.includes('-e')) process.kill(process.pid, 'SIGSEGV')"
  writeFileSync(preload, crash)
  const env = { ...process.env, NODE_OPTIONS: `--require=${preload}`, NODE_ENV: '', MONGODB_URI: '', PORT: '0' }
  try {
    const { code, text } = await new Promise<{ code: unknown; text: string }>((resolve) => {
      const args = ['--import', 'tsx', 'src/main.ts']
      const options = { cwd: ROOT, env: { ...env, DATA_DIR: directory } }
      execFile(process.execPath, args, options, (error, stdout, stderr) =>
        resolve({ code: error?.code, text: stdout + stderr }),
      )
    })
    expect(code).toBe(1)
    expect(text).toMatch(/argon2 does not work on this machine/)
    expect(text).not.toMatch(/process\.listening|serves on/)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
