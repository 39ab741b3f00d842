// OWASP ASVS 5.0, 2.3.4 and 2.4: limited resources are locked and bounded, or many requests exhaust them.
import argon2 from 'argon2'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createHasher } from '../../src/domain/credentials/hashing.ts'
import { AppError } from '../../src/errors.ts'
import { logIn, signUp } from '../testkit/client.ts'
import { startOwnService } from '../testkit/fixtures.ts'
import { waitForEmptyQueue } from '../testkit/mail/queue.ts'
import { waitUntil } from '../testkit/wait.ts'

/** Makes hashes end when the test says so: the queue is what is tested here. */
function holdHashes() {
  const held: (() => void)[] = []
  const spy = vi.spyOn(argon2, 'hash')
  onTestFinished(() => spy.mockRestore())
  spy.mockImplementation((() => new Promise<string>((done) => held.push(() => done('hash')))) as never)
  return held
}

function fakeTimers(): void {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
}

const waitForStatuses = async (jobs: Promise<string>[]) => (await Promise.allSettled(jobs)).map(({ status }) => status)

test.each([
  [3, 1],
  [1, 1],
  [0, 1],
])('of %d threads two stay free, and at least one hashes: %d at once', async (threads, atOnce) => {
  const held = holdHashes()
  const hasher = createHasher(threads)
  const jobs = Array.from({ length: 5 }, () => hasher.hash('x'))
  await Promise.resolve()
  expect(held).toHaveLength(atOnce)
  for (let done = 0; done < 5; done += 1) {
    await waitUntil(() => expect(held.length).toBeGreaterThan(done))
    held[done]?.()
  }
  expect(await waitForStatuses(jobs)).toEqual(Array(5).fill('fulfilled'))
})

test('a hundred hashes may wait, and the next one is refused at once', async () => {
  fakeTimers()
  const held = holdHashes()
  const hasher = createHasher(3)
  const jobs = Array.from({ length: 101 }, () => hasher.hash('x'))
  await expect(hasher.hash('one too many')).rejects.toThrow(AppError)
  for (let done = 0; done < 101; done += 1) {
    held[done]?.()
    await vi.advanceTimersByTimeAsync(0)
  }
  expect(await waitForStatuses(jobs)).toEqual(Array(101).fill('fulfilled'))
  const again = hasher.hash('there is room again')
  await vi.advanceTimersByTimeAsync(0)
  held.at(-1)?.()
  expect(await again).toBe('hash')
})

test('a hash may wait two seconds, and no longer', async () => {
  fakeTimers()
  const held = holdHashes()
  const hasher = createHasher(3)
  const running = hasher.hash('running')
  const refused = vi.fn()
  const waiting = hasher.hash('waiting').catch(refused)
  await vi.advanceTimersByTimeAsync(1999)
  expect(refused).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  await waiting
  expect(refused).toHaveBeenCalledWith(expect.any(AppError))
  held[0]?.()
  expect(await running).toBe('hash')
})

test('the queue goes on after a hash that failed', async () => {
  const spy = vi.spyOn(argon2, 'hash').mockRejectedValueOnce(new Error('no memory'))
  onTestFinished(() => spy.mockRestore())
  const hasher = createHasher(3)
  const [failed, next] = await Promise.allSettled([hasher.hash('x'), hasher.hash('x')])
  expect([failed.status, next.status]).toEqual(['rejected', 'fulfilled'])
})

test('when the queue is full, signup and login answer 503 with Retry-After, and nothing is half done', async () => {
  const service = await startOwnService()
  const held: (() => void)[] = []
  const real = argon2.verify
  const spy = vi.spyOn(argon2, 'verify')
  onTestFinished(() => spy.mockRestore())
  spy.mockImplementation(async (...args) => {
    await new Promise<void>((go) => held.push(go))
    return real(...args)
  })
  const flood = Array.from({ length: 110 }, () => logIn(service.openBrowser(), { email: 'nobody@example.com' }))
  const full = await Promise.race(flood)
  expect(full).toMatchObject({ status: 503, code: 'UNAVAILABLE', headers: { 'retry-after': '2' }, setCookie: [] })
  expect((await service.openBrowser().gql('{ session { id } }')).status).toBe(200)

  const signup = await signUp(service.openBrowser(), { email: 'late@example.com' })
  expect(signup).toMatchObject({ status: 503, code: 'UNAVAILABLE', setCookie: [] })
  for (const name of ['users', 'sessions', 'mails']) expect(await service.db.collection(name).countDocuments()).toBe(0)

  spy.mockRestore()
  for (const go of held) go()
  const statuses = (await Promise.all(flood)).map(({ status }) => status)
  expect(statuses.filter((status) => status === 503).length).toBeGreaterThanOrEqual(8)
  expect(new Set(statuses)).toEqual(new Set([200, 503]))
})

test('fifty parallel signups with one address make one user, one session and one mail', async () => {
  const service = await startOwnService()
  const browsers = Array.from({ length: 50 }, () => service.openBrowser())
  const answers = await Promise.all(
    browsers.map((browser, index) => signUp(browser, { email: index % 2 ? 'Ada@Example.com' : ' ada@example.COM' })),
  )
  const kinds = answers.map(({ kind }) => kind)
  expect(kinds.filter((kind) => kind === 'SignupSuccess')).toHaveLength(1)
  expect(new Set(kinds.filter((kind) => kind !== 'UNAVAILABLE'))).toEqual(new Set(['SignupSuccess', 'EmailTaken']))
  expect(browsers.filter((browser) => browser.cookie !== undefined)).toHaveLength(1)
  expect(await service.db.collection('users').countDocuments()).toBe(1)
  expect(await service.db.collection('sessions').countDocuments()).toBe(1)
  await service.waitForLog(({ event }) => event === 'mail.written')
  await waitForEmptyQueue(service)
  expect(service.log.filter(({ event }) => event === 'mail.written')).toHaveLength(1)
})
