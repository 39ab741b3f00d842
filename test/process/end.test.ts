import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Browser, openBrowser } from '../testkit/browser.ts'
import { getSignedInEmail, logIn, signUp } from '../testkit/client.ts'
import { createTestDatabase } from '../testkit/database.ts'
import { moments } from '../testkit/mongo/holds.ts'
import { type MongoProxy, startProxy } from '../testkit/mongo/proxy.ts'
import { type ServiceProcess, serveProcess } from '../testkit/process.ts'

/** Starts a process on a database behind a proxy, and signs a user up. */
async function startProcessBehindProxy(): Promise<{ service: ServiceProcess; browser: Browser; proxy: MongoProxy }> {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const proxy = await startProxy(database.uri)
  onTestFinished(() => proxy.close())
  const { service, browser } = await serveProcess({ settings: { MONGODB_URI: proxy.uri } })
  await signUp(browser)
  return { service, browser, proxy }
}

const waitForStopping = (service: ServiceProcess) => service.waitForLog(({ event }) => event === 'process.stopping')

/** Builds a module that runs a script on SIGWINCH, which nothing else listens to. */
const buildWinchModule = (script: string) =>
  `data:text/javascript,${encodeURIComponent(`process.on('SIGWINCH', () => { ${script} })`)}`

test('after a restart everybody is still signed in', async () => {
  const { service, browser } = await serveProcess()
  await signUp(browser)
  const { cookie = '' } = browser
  expect(await service.stop()).toBe(0)

  const secret = join(service.dataDir, 'session-secret')
  expect(statSync(secret).mode & 0o777).toBe(0o600)
  expect(readFileSync(secret, 'utf8').length).toBeGreaterThanOrEqual(32)
  const again = await serveProcess({ dataDir: service.dataDir })
  again.browser.setCookie(cookie)
  expect(await getSignedInEmail(again.browser)).toBe('ada@example.com')
})

test('a service that is killed right after an acknowledged signup still has the user and the session', async () => {
  const { service, browser } = await serveProcess()
  const signup = await signUp(browser)
  service.kill('SIGKILL')
  expect(signup.body.data).toMatchObject({ signup: { __typename: 'SignupSuccess' } })
  expect(await service.ended).toBe('SIGKILL')

  const again = await serveProcess({ dataDir: service.dataDir })
  expect((await logIn(again.browser)).body.data).toMatchObject({ login: { __typename: 'LoginSuccess' } })
  again.browser.setCookie(browser.cookie ?? '')
  expect(await getSignedInEmail(again.browser)).toBe('ada@example.com')
})

test.each([
  ['mails', { command: 'insert', collection: 'mails' }],
  ['sessions', moments.sessionInsert],
  ['users', moments.signupCommit],
])(
  'a service that is killed while it writes to %s at a signup takes the same signup after a restart',
  async (_collection, write) => {
    const { service, proxy, browser } = await startProcessBehindProxy()
    const bob = openBrowser(await service.listening)
    const gate = proxy.hold(write)
    const lost = expect(signUp(bob, { email: 'bob@example.com' })).rejects.toThrow()
    await gate.reached
    service.kill('SIGKILL')
    await lost
    gate.cut()

    const again = await serveProcess({ settings: { MONGODB_URI: proxy.uri }, dataDir: service.dataDir })
    expect((await signUp(again.browser, { email: 'bob@example.com' })).body.data).toMatchObject({
      signup: { __typename: 'SignupSuccess' },
    })
    again.browser.setCookie(browser.cookie ?? '')
    expect(await getSignedInEmail(again.browser)).toBe('ada@example.com')
  },
)

test.each(['SIGTERM', 'SIGINT'] as const)(
  'on %s requests in progress are finished, then the process exits with 0',
  async (signal) => {
    const { service, browser, proxy } = await startProcessBehindProxy()
    const gate = proxy.hold(moments.userRead)
    const answer = getSignedInEmail(browser)
    await gate.reached
    service.kill(signal)
    expect(await waitForStopping(service)).toMatchObject({ signal })
    await expect(browser.clone().get('/healthz')).rejects.toThrow(/ECONNREFUSED|ECONNRESET/)
    gate.release()
    expect(await answer).toBe('ada@example.com')
    expect(await service.ended).toBe(0)
    expect(service.log.at(-1)).toMatchObject({ event: 'process.stopped' })
  },
)

test('a second signal ends the process at once', async () => {
  const { service, browser, proxy } = await startProcessBehindProxy()
  const gate = proxy.hold(moments.userRead)
  const cutOff = expect(getSignedInEmail(browser)).rejects.toThrow()
  await gate.reached
  service.kill('SIGTERM')
  await waitForStopping(service)
  service.kill('SIGTERM')
  expect(await service.ended).toBe(1)
  await cutOff
})

test.each([
  ['an error', "Promise.reject(new Error('nobody caught this'))"],
  ['nothing', 'Promise.reject()'],
])('an unhandled rejection with %s is logged and ends the process with 1', async (_what, script) => {
  const { service, browser } = await serveProcess({ preload: buildWinchModule(script) })
  await signUp(browser)
  service.kill('SIGWINCH')
  const line = await service.waitForLog(({ event }) => event === 'process.failed')
  expect(line.level).toBe('fatal')
  expect(await service.ended).toBe(1)
  expect(service.log.at(-1)).toMatchObject({ event: 'process.stopped' })

  const again = await serveProcess({ dataDir: service.dataDir })
  again.browser.setCookie(browser.cookie ?? '')
  expect(await getSignedInEmail(again.browser)).toBe('ada@example.com')
})
