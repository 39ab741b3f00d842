// The documented part of the database: operators and their own tools rely on these names and values.
import { createHash } from 'node:crypto'
import { type Document, ObjectId } from 'mongodb'
import { beforeAll, expect, test } from 'vitest'
import { HOURS } from '../../src/units.ts'
import {
  changePassword,
  deleteAccount,
  findSession,
  logIn,
  PASSWORD,
  requestPasswordReset,
  signUp,
} from '../testkit/client.ts'
import { provideProxiedService, startOwnService } from '../testkit/fixtures.ts'
import { parseSessionCookie } from '../testkit/http/cookie.ts'
import { createIdleUser, type User } from '../testkit/users.ts'

const service = provideProxiedService()
let ada: User
beforeAll(async () => {
  ada = await createIdleUser(service())
})

const sha256 = (text = '') => createHash('sha256').update(text).digest('hex')
const requireDocument = async (collection: string, filter: Document): Promise<Document> => {
  const found = await service().db.collection(collection).findOne(filter)
  if (!found) throw new Error(`Nothing like that in ${collection}.`)
  return found
}

test('there are no users before the first sign-up, and no default passwords', async () => {
  const fresh = await startOwnService()
  expect(await fresh.db.collection('users').countDocuments()).toBe(0)
  for (const name of ['admin', 'root', 'test', 'gatehouse'])
    expect(await logIn(fresh.openBrowser(), { email: `${name}@example.com`, password: name })).toMatchObject({
      body: { data: { login: { __typename: 'InvalidCredentials' } } },
    })
})

test('a user is found by their canonical address, and has the address as typed, trimmed', async () => {
  await signUp(service().openBrowser(), { email: ' Bob@BÜCHER.example ' })
  const bob = await requireDocument('users', { emailCanonical: 'bob@xn--bcher-kva.example' })
  expect(bob).toMatchObject({ email: 'Bob@BÜCHER.example', roles: [], generation: expect.any(String) })
  expect(bob._id).toBeInstanceOf(ObjectId)
  expect(bob.createdAt).toBeInstanceOf(Date)
  expect(bob.passwordHash).toMatch(/^\$argon2id\$v=19\$/)
})

test('a session is found by the hash of its cookie’s id, names its user as text, and has dates for times', async () => {
  const { id } = parseSessionCookie(ada.browser.cookie)
  const document = await requireDocument('sessions', { _id: sha256(id) } as Document)
  expect(document.session.userId).toBe(ada.id)
  expect(document.session.generation).toBe((await requireDocument('users', { _id: new ObjectId(ada.id) })).generation)
  const seen = await findSession(ada.browser)
  for (const time of [document.expires, document.session.createdAt, document.session.authenticatedAt])
    expect(time).toBeInstanceOf(Date)
  expect(document.expires.toISOString()).toBe(seen?.expiresAt)
})

test('expires of a session is the earlier of its two limits, also after it was used again', async () => {
  const phone = await ada.logInElsewhere()
  const { id } = parseSessionCookie(phone.cookie)
  for (let hours = 0; hours < 7 * 24; hours += 23) {
    const seen = await findSession(phone)
    const { expires } = await requireDocument('sessions', { _id: sha256(id) } as Document)
    expect(expires.toISOString()).toBe(seen?.expiresAt)
    service().clock.advance(23 * HOURS)
  }
})

test('a one-time token is found by its hash, and neither it nor a password is stored anywhere', async () => {
  await requestPasswordReset(service().openBrowser(), { email: ada.email })
  const { token } = await service().waitForMail(ada.email)
  const document = await requireDocument('tokens', { _id: sha256(token) } as Document)
  expect(document.expires).toBeInstanceOf(Date)
  expect(document.userId).toBe(ada.id)
  for (const { name } of await service().db.listCollections({}, { nameOnly: true }).toArray()) {
    const dump = JSON.stringify(await service().db.collection(name).find().toArray())
    for (const secret of [String(token), PASSWORD]) expect(dump).not.toContain(secret)
  }
})

test('every index is created at start: unique addresses, and expiry of sessions and tokens', async () => {
  const listIndexes = async (name: string) =>
    (await service().db.collection(name).indexes()).map(({ key, unique, expireAfterSeconds }) =>
      [Object.keys(key).join(), unique ? 'unique' : '', expireAfterSeconds === 0 ? 'TTL' : '']
        .filter(Boolean)
        .join(' '),
    )
  expect(await listIndexes('users')).toContain('emailCanonical unique')
  expect(await listIndexes('sessions')).toContain('expires TTL')
  expect((await listIndexes('sessions')).some((index) => index.startsWith('session.userId'))).toBe(true)
  expect(await listIndexes('tokens')).toContain('expires TTL')
  expect(await listIndexes('mails')).toContain('dueAt')
})

test('every write is acknowledged by the disks of the majority, and every read goes to the primary', async () => {
  service().proxy.clear()
  const bea = await createIdleUser(service())
  await logIn(bea.browser, { email: bea.email })
  await findSession(bea.browser)
  const commands = service().proxy.commands.filter(({ collection }) => collection !== undefined)
  const writes = commands.filter(({ command }) => /^(insert|update|delete|findAndModify)$/.test(command))
  expect(new Set(writes.map(({ command }) => command))).toEqual(
    new Set(['insert', 'update', 'delete', 'findAndModify']),
  )
  for (const { document } of writes) expect(document.writeConcern).toEqual({ w: 'majority', j: true })
  for (const { document } of commands) expect(document.$readPreference?.mode ?? 'primary').toBe('primary')
})

test('no transaction and no change stream is needed', async () => {
  service().proxy.clear()
  const bea = await createIdleUser(service())
  await changePassword(bea.browser)
  await deleteAccount(bea.browser)
  const { commands } = service().proxy
  expect(commands.length).toBeGreaterThan(10)
  expect(commands.filter(({ document }) => document.startTransaction || document.autocommit === false)).toEqual([])
  expect(JSON.stringify(commands.map(({ document }) => document))).not.toContain('$changeStream')
})
