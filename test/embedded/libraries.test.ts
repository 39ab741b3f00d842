import { readFileSync } from 'node:fs'
import MongoStore from 'connect-mongo'
import type { SessionData } from 'express-session'
import { type CommandStartedEvent, MongoClient } from 'mongodb'
import { RateLimiterMongo } from 'rate-limiter-flexible'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ACCUMULATORS } from '../../src/embedded/aggregate/accumulators.ts'
import { OPERATORS } from '../../src/embedded/aggregate/operators.ts'
import { STAGE_NAMES } from '../../src/embedded/aggregate/pipeline.ts'
import { INDEX_FIELDS } from '../../src/embedded/commands/index-spec.ts'
import { GENERIC_FIELDS } from '../../src/embedded/commands/request.ts'
import { COMMANDS } from '../../src/embedded/commands/table.ts'
import { UPDATE_OPERATORS } from '../../src/embedded/update/modifiers.ts'
import { openServer, type TestServer } from './kit.ts'

let server: TestServer
let client: MongoClient
const sent: CommandStartedEvent[] = []
beforeAll(async () => {
  server = await openServer()
  client = new MongoClient(server.embedded.uri, {
    monitorCommands: true,
    writeConcern: { w: 'majority', journal: true },
  })
  client.on('commandStarted', (event) => sent.push(event))
  await client.connect()
})
afterAll(async () => {
  await client.close()
  await server.close()
})

test('every method of connect-mongo works', async () => {
  const store = MongoStore.create({
    client,
    dbName: 'test',
    collectionName: 'sessions',
    stringify: false,
    touchAfter: 1,
    ttl: 60,
  })
  const data = {
    cookie: { originalMaxAge: 1000, expires: new Date(Date.now() + 60_000) },
    userId: 'u',
  } as unknown as SessionData
  const call = <T>(run: (done: (error: unknown, value?: T) => void) => void) =>
    new Promise<T | undefined>((resolve, reject) => run((error, value) => (error ? reject(error) : resolve(value))))
  await call((done) => store.set('one', data, done))
  expect(await call<SessionData | null | undefined>((done) => store.get('one', done))).toMatchObject({ userId: 'u' })
  await call((done) => store.touch('one', { ...data, lastModified: new Date(0) } as never, done))
  expect(await call<number | undefined>((done) => store.length(done))).toBe(1)
  expect(await call((done) => store.all(done))).toHaveLength(1)
  await call((done) => store.destroy('one', done))
  expect(await call((done) => store.get('one', done))).toBeFalsy()
  await call((done) => store.set('two', data, done))
  await call((done) => store.clear(done))
})

test('every method of rate-limiter-flexible works', async () => {
  const limiter = new RateLimiterMongo({
    storeClient: client,
    dbName: 'test',
    tableName: 'limits',
    points: 3,
    duration: 5,
    blockDuration: 5,
    disableIndexesCreation: true,
  } as never)
  await limiter.createIndexes()
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => limiter.consume('key')))
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
  await limiter.penalty('other', 1)
  await limiter.reward('other', 1)
  await limiter.block('other', 5)
  await limiter.set('third', 2, 5)
  expect(await limiter.get('third')).toMatchObject({ consumedPoints: 2 })
  await limiter.delete('third')
  expect(await limiter.get('third')).toBeNull()
})

test('the README documents every command and field that both libraries send', () => {
  expect(sent.length).toBeGreaterThan(20)
  const table = readScopeTable()
  for (const { commandName, command } of sent) {
    const fields = table.get(commandName.toLowerCase())
    expect(fields, `${commandName} is in the table`).toBeDefined()
    for (const field of Object.keys(command).filter((each) => each !== commandName && !GENERIC_FIELDS.includes(each)))
      expect(fields, `${commandName}.${field}`).toContain(field)
  }
})

/** Reads the commands and fields that the README documents. */
function readScopeTable(): Map<string, string[]> {
  const text = readFileSync(new URL('../../src/embedded/README.md', import.meta.url), 'utf8')
  const rows = text.split('\n').filter((line) => /^\| `/.test(line))
  return new Map(
    rows.flatMap((line) => {
      const [, names = '', fields = ''] = line.split('|')
      return [...names.matchAll(/`(\w+)`/g)].map(
        ([, name = '']) =>
          [name.toLowerCase(), [...fields.matchAll(/`(\w+)`/g)].map(([, field = '']) => field)] as const,
      )
    }),
  )
}

test('the table of the README matches the code', () => {
  const table = readScopeTable()
  const documented = [...table].map(([name, fields]) => [name, [...fields].sort()])
  const coded = [...COMMANDS].map(([name, { fields }]) => [name.toLowerCase(), [...fields].sort()] as const)
  expect(new Map(documented as [string, string[]][])).toEqual(new Map(coded))
  const text = readFileSync(new URL('../../src/embedded/README.md', import.meta.url), 'utf8')
  const named = [...UPDATE_OPERATORS, ...INDEX_FIELDS, ...STAGE_NAMES, ...ACCUMULATORS.keys(), ...OPERATORS.keys()]
  for (const name of named) expect(text).toContain(`\`${name}\``)
})
