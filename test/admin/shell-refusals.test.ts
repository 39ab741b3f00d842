import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openBrowser } from '../testkit/browser.ts'
import { signUp } from '../testkit/client.ts'
import { createTestDatabase } from '../testkit/database.ts'
import { startOwnService } from '../testkit/fixtures.ts'
import { startProxy } from '../testkit/mongo/proxy.ts'
import { createTemporaryDirectory, spawnService } from '../testkit/process.ts'
import { runAdmin } from '../testkit/shell.ts'

test('a wrong command or number of arguments shows the usage, with exit code 1', async () => {
  const settings = { DATA_DIR: createTemporaryDirectory() }
  const wrong = [[], ['what'], ['list', 'all'], ['grant-role', 'a@example.com'], ['constructor']]
  for (const { code, out, err } of await Promise.all(wrong.map((words) => runAdmin(settings, words)))) {
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(/^Usage: npm run admin -- COMMAND\n {2}list /)
  }
  expect(existsSync(join(settings.DATA_DIR, 'data.mdb'))).toBe(false)
})

test('an unknown role is refused in one sentence', async () => {
  const service = await startOwnService()
  await signUp(service.openBrowser())
  const settings = { DATA_DIR: createTemporaryDirectory(), MONGODB_URI: service.databaseUri }
  const results = await Promise.all(
    ['OWNER', 'admin'].map((role) => runAdmin(settings, ['grant-role', 'ada@example.com', role])),
  )
  expect(results).toEqual(Array(2).fill({ code: 1, out: '', err: 'A role is ADMIN or SUPPORT.\n' }))
})

test('wrong settings are listed, and an unreachable database is reported, without a stack and without a secret', async () => {
  const DATA_DIR = createTemporaryDirectory()
  const faulty = await runAdmin({ DATA_DIR, PORT: 'x', SESSION_SECRET: 'hunter2' }, ['list'])
  expect(faulty.code).toBe(1)
  expect(faulty.err).toContain('PORT')
  expect(faulty.err).not.toMatch(/hunter2|\n\s+at /)
  const away = await runAdmin({ DATA_DIR, MONGODB_URI: 'mongodb://user:hunter2@127.0.0.1:9/x' }, ['list'])
  expect(away).toEqual({ code: 1, out: '', err: 'The database cannot be reached.\n' })
})

test('a connection file that a crashed service left behind does not lock the shell out', async () => {
  const settings = { DATA_DIR: createTemporaryDirectory() }
  const service = spawnService({ dataDir: settings.DATA_DIR })
  await signUp(openBrowser(await service.listening))
  service.kill('SIGKILL')
  await service.ended
  expect(existsSync(join(settings.DATA_DIR, 'mongodb.uri'))).toBe(true)
  expect((await runAdmin(settings, ['list'])).out).toBe('ada@example.com\t-\tenabled\n')
})

test('the shell works with the settings of production', async () => {
  const DATA_DIR = createTemporaryDirectory()
  const production = {
    ...{ NODE_ENV: 'production', DATA_DIR, MONGODB_URI: `embedded:${DATA_DIR}`, SESSION_SECRET: 's'.repeat(32) },
    ...{ SMTP_URL: 'smtp://127.0.0.1:9', MAIL_FROM: 'a@example.com', PUBLIC_URL: 'http://localhost:4000' },
  }
  expect(await runAdmin(production, ['list'])).toEqual({ code: 0, out: '', err: '' })
})

test('an index that cannot be created and a refused password are told with what to do, without a secret', async () => {
  const database = await createTestDatabase()
  const proxy = await startProxy(database.uri)
  onTestFinished(() => proxy.close())
  onTestFinished(() => database.drop())
  const DATA_DIR = createTemporaryDirectory()
  proxy.fail({ command: 'createIndexes', code: 11000, errmsg: 'dup key: hunter2' })
  expect(await runAdmin({ DATA_DIR, MONGODB_URI: proxy.uri }, ['list'])).toMatchObject({
    ...{ code: 1, out: '' },
    err: expect.stringMatching(
      /^An index of \w+ cannot be created: documents of another application break .*: remove them/,
    ),
  })
  proxy.fail({ command: 'saslStart', code: 18, errmsg: 'Authentication failed for hunter2', times: 9 })
  const MONGODB_URI = proxy.uri.replace('mongodb://', 'mongodb://ada:hunter2@')
  expect(await runAdmin({ DATA_DIR, MONGODB_URI }, ['list'])).toEqual({
    ...{ code: 1, out: '' },
    err: 'The database refuses the user or the password of MONGODB_URI.\n',
  })
})

test('a list whose reader has had enough ends quietly', async () => {
  const settings = { DATA_DIR: createTemporaryDirectory() }
  const service = spawnService({ dataDir: settings.DATA_DIR })
  await signUp(openBrowser(await service.listening))
  expect(await runAdmin(settings, ['list'], { isRead: false })).toEqual({ code: 0, out: '', err: '' })
})
