// OWASP ASVS 5.0, 7.2.3: session ids are random, with at least 128 bits.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSessionMiddleware, getCookieRules } from '../../src/http/session-cookie.ts'
import { createLog } from '../../src/log.ts'
import { type Database, openDatabase } from '../../src/mongo/database.ts'
import { SessionStore } from '../../src/mongo/session-store.ts'
import { openBrowser } from '../testkit/browser.ts'
import { createTestClock } from '../testkit/clock.ts'
import { createTestDatabase, type TestDatabase } from '../testkit/database.ts'

const COUNT = 100_000

let home: TestDatabase
let database: Database
const app = express()
const server = createServer(app)
beforeAll(async () => {
  home = await createTestDatabase()
  const address = { kind: 'mongodb' as const, uri: home.uri, name: home.db.databaseName }
  database = await openDatabase(address, createTestClock(), createLog('silent', false))
  const store = new SessionStore(database)
  const secrets = ['a secret of thirty-two bytes or so']
  app.use(createSessionMiddleware({ store, secrets, rules: getCookieRules('http://localhost') }))
  app.post('/ids', (request, response) => {
    const ids = Array.from({ length: COUNT }, () => {
      request.sessionStore.generate(request)
      return request.sessionID
    })
    Object.assign(request, { session: null })
    response.json(ids)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  server.close()
  await database.close()
  await home.drop()
})

test('a hundred thousand session ids all differ, have 32 URL-safe characters, and are evenly distributed', async () => {
  const answer = await openBrowser(`http://localhost:${(server.address() as AddressInfo).port}`).post(
    '/ids',
    {},
    { cookie: 'sid=any' },
  )
  const ids = answer.body as string[]
  expect(new Set(ids).size).toBe(COUNT)
  expect(ids.filter((id) => !/^[A-Za-z0-9_-]{32}$/.test(id))).toEqual([])

  const counts = new Uint32Array(256)
  for (const id of ids) for (const byte of Buffer.from(id, 'base64url')) counts[byte] = (counts[byte] ?? 0) + 1
  const expected = (COUNT * 24) / 256
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  // 255 degrees of freedom: beyond 381 once in a million runs.
  expect(chiSquare).toBeLessThan(381)

  const rising = ids.filter((id, n) => n > 0 && id > (ids[n - 1] ?? '')).length
  expect(Math.abs(rising - COUNT / 2)).toBeLessThan(1_000)
})
