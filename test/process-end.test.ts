import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Browser, browser } from './testkit/browser.ts'
import { createTestDatabase } from './testkit/database.ts'
import { logIn, signUp, whoIs } from './testkit/people.ts'
import { type ServiceProcess, serveProcess } from './testkit/process.ts'
import { type MongoProxy, startProxy } from './testkit/proxy.ts'

/** The service on a database behind the proxy, with somebody signed in. */
async function behindProxy(): Promise<{ service: ServiceProcess; who: Browser; proxy: MongoProxy }> {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const proxy = await startProxy(database.uri)
  onTestFinished(() => proxy.close())
  const { service, who } = await serveProcess({ settings: { MONGODB_URI: proxy.uri } })
  await signUp(who)
  return { service, who, proxy }
}

const stopping = (service: ServiceProcess) => service.logged(({ event }) => event === 'process.stopping')

/** A module that rejects when the process is sent SIGWINCH, which nobody else listens to. */
const onWinch = (script: string) =>
  `data:text/javascript,${encodeURIComponent(`process.on('SIGWINCH', () => { ${script} })`)}`

test('stopped and started again, everybody is still signed in', async () => {
  const { service, who } = await serveProcess()
  await signUp(who)
  const { cookie = '' } = who
  expect(await service.stop()).toBe(0)

  const secret = join(service.dataDir, 'session-secret')
  expect(statSync(secret).mode & 0o777).toBe(0o600)
  expect(readFileSync(secret, 'utf8').length).toBeGreaterThanOrEqual(32)
  const again = await serveProcess({ dataDir: service.dataDir })
  again.who.setCookie(cookie)
  expect(await whoIs(again.who)).toBe('ada@example.com')
})

test('killed right after it said "signed up", it knows the user and the session', async () => {
  const { service, who } = await serveProcess()
  const signup = await signUp(who)
  service.kill('SIGKILL')
  expect(signup.body.data).toMatchObject({ signup: { __typename: 'SignupSuccess' } })
  expect(await service.ended).toBe('SIGKILL')

  const again = await serveProcess({ dataDir: service.dataDir })
  expect((await logIn(again.who)).body.data).toMatchObject({ login: { __typename: 'LoginSuccess' } })
  again.who.setCookie(who.cookie ?? '')
  expect(await whoIs(again.who)).toBe('ada@example.com')
})

test.each([
  ['mails', 'insert'],
  ['sessions', 'insert'],
  ['users', 'insert'],
])('killed while it writes to %s at a signup, it takes the same signup afterwards', async (collection, command) => {
  const { service, proxy, who } = await behindProxy()
  const bob = browser(await service.listening)
  const gate = proxy.hold({ command, collection })
  const lost = expect(signUp(bob, 'bob@example.com')).rejects.toThrow()
  await gate.reached
  service.kill('SIGKILL')
  await lost
  gate.cut()

  const again = await serveProcess({ settings: { MONGODB_URI: proxy.uri }, dataDir: service.dataDir })
  expect((await signUp(again.who, 'bob@example.com')).body.data).toMatchObject({
    signup: { __typename: 'SignupSuccess' },
  })
  again.who.setCookie(who.cookie ?? '')
  expect(await whoIs(again.who)).toBe('ada@example.com')
})

test.each(['SIGTERM', 'SIGINT'] as const)('%s: what is under way is finished, then it exits with 0', async (signal) => {
  const { service, who, proxy } = await behindProxy()
  const gate = proxy.hold({ command: 'find', collection: 'users' })
  const answer = whoIs(who)
  await gate.reached
  service.kill(signal)
  expect(await stopping(service)).toMatchObject({ signal })
  await expect(who.clone().get('/healthz')).rejects.toThrow(/ECONNREFUSED|ECONNRESET/)
  gate.release()
  expect(await answer).toBe('ada@example.com')
  expect(await service.ended).toBe(0)
  expect(service.log.at(-1)).toMatchObject({ event: 'process.stopped' })
})

test('a second signal ends it at once', async () => {
  const { service, who, proxy } = await behindProxy()
  const gate = proxy.hold({ command: 'find', collection: 'users' })
  const cutOff = expect(whoIs(who)).rejects.toThrow()
  await gate.reached
  service.kill('SIGTERM')
  await stopping(service)
  service.kill('SIGTERM')
  expect(await service.ended).toBe(1)
  await cutOff
})

test.each([
  ['an error', "Promise.reject(new Error('nobody caught this'))"],
  ['nothing', 'Promise.reject()'],
])('D-07, 16.5.4: a rejection with %s that nobody handles is logged and ends it with 1', async (_what, script) => {
  const { service, who } = await serveProcess({ preload: onWinch(script) })
  await signUp(who)
  service.kill('SIGWINCH')
  const line = await service.logged(({ event }) => event === 'process.failed')
  expect(line.level).toBe('fatal')
  expect(await service.ended).toBe(1)
  expect(service.log.at(-1)).toMatchObject({ event: 'process.stopped' })

  const again = await serveProcess({ dataDir: service.dataDir })
  again.who.setCookie(who.cookie ?? '')
  expect(await whoIs(again.who)).toBe('ada@example.com')
})
