// What streams cost the database, and what its failures mean for them.
import { expect, test } from 'vitest'
import { MINUTES, SECONDS } from '../../src/units.ts'
import { getSignedInEmail, logOut, reauthenticate, requireSessionId } from '../testkit/client.ts'
import { startOwnProxiedService, startOwnService } from '../testkit/fixtures.ts'
import { holdAt, moments } from '../testkit/mongo/holds.ts'
import { listCommands } from '../testkit/mongo/proxied-service.ts'
import { LIMITS_WITHOUT_DATABASE } from '../testkit/service.ts'
import { openStream } from '../testkit/stream.ts'
import { createIdleUser, createUser } from '../testkit/users.ts'
import { advanceUntil, waitUntil } from '../testkit/wait.ts'

/** Small beside a stream's lifetime, so that a slow machine ends no stream before its time. */
const STEP_MS = 25
const READS = ['find sessions', 'find users']

test('many streams of many users cost one read of the sessions and one of the users a second', async () => {
  const service = await startOwnProxiedService()
  const users = [await createIdleUser(service), await createIdleUser(service)]
  for (const { browser } of users) for (let count = 0; count < 3; count += 1) await openStream(service.url, browser)
  service.proxy.clear()
  const asked = () => listCommands(service.proxy.commands, 'sessions', 'users')
  service.clock.advance(SECONDS)
  await waitUntil(() => expect(asked()).toEqual(READS))
  service.clock.advance(SECONDS - 1)
  expect(asked()).toEqual(READS)
  await advanceUntil(service, 100, () => expect(asked()).toEqual([...READS, ...READS]))
})

test('without streams nothing is read, and a client that is gone has none', async () => {
  const service = await startOwnProxiedService()
  const { browser } = await createIdleUser(service)
  const stream = await openStream(service.url, browser)
  stream.leave()
  await service.waitForLog(({ event, path }) => event === 'request' && path === '/graphql/stream')
  service.proxy.clear()
  service.clock.advance(10 * SECONDS)
  await getSignedInEmail(browser)
  expect(listCommands(service.proxy.commands, 'sessions', 'users')).toEqual(READS)
})

test('a rotation that hangs between its two writes ends no stream', async () => {
  const service = await startOwnProxiedService()
  const { browser } = await createIdleUser(service)
  const stream = await openStream(service.url, browser)
  const held = await holdAt(service.proxy, moments.sessionReplacement, () => reauthenticate(browser))
  const reads = () =>
    listCommands(service.proxy.commands, 'sessions').filter((command) => command === 'find sessions').length
  const before = reads()
  await advanceUntil(service, STEP_MS, () => expect(reads()).toBeGreaterThan(before + 3))
  held.release()
  expect((await held.answer).kind).toBe('ReauthenticateSuccess')
  const later = reads()
  await advanceUntil(service, STEP_MS, () => expect(reads()).toBeGreaterThan(later + 3))
  expect(stream).toMatchObject({ isOver: false, answers: [] })
})

test('a database that is away ends no stream; what has ended meanwhile is told when it is back', async () => {
  const service = await startOwnProxiedService({ limits: LIMITS_WITHOUT_DATABASE })
  const { browser, id } = await createIdleUser(service)
  const stream = await openStream(service.url, browser)
  service.proxy.down()
  await advanceUntil(service, STEP_MS, () =>
    expect(service.log).toContainEqual(expect.objectContaining({ event: 'streams.read-failed' })),
  )
  expect(stream).toMatchObject({ isOver: false, answers: [] })
  await service.db.collection('sessions').deleteMany({ 'session.userId': id })
  service.proxy.up()
  await advanceUntil(service, STEP_MS, () => expect(stream.isOver).toBe(true))
  expect(stream.answers).toMatchObject([{ data: { sessionEnded: { reason: 'REVOKED' } } }])
})

test('neither a stream nor a background request keeps an idle session alive', async () => {
  const service = await startOwnService({ settings: { SESSION_IDLE: '10m' } })
  const { browser } = await createUser(service)
  const background = { 'X-Background-Request': '1' }
  for (let minute = 0; minute < 9; minute += 1) {
    service.clock.advance(MINUTES)
    expect((await browser.gql('{ session { id } }', {}, background)).body.data?.session).not.toBeNull()
    if (minute % 3 === 0) (await openStream(service.url, browser)).leave()
  }
  service.clock.advance(MINUTES)
  expect((await browser.gql('{ session { id } }', {}, background)).body.data?.session).toBeNull()
})

test('any other request keeps it alive', async () => {
  const service = await startOwnService({ settings: { SESSION_IDLE: '10m' } })
  const { browser } = await createUser(service)
  for (let count = 0; count < 3; count += 1) {
    service.clock.advance(9 * MINUTES)
    await requireSessionId(browser)
  }
  await logOut(browser)
})
