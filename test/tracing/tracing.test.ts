// OpenTelemetry on the built service, against a collector of the test's own: what a request did, and never what it said.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Browser, openBrowser } from '../testkit/browser.ts'
import { logIn, OTHER_PASSWORD, PASSWORD, requestPasswordReset, signUp } from '../testkit/client.ts'
import { createTemporaryDirectory, type ServiceProcess, serveProcess } from '../testkit/process.ts'
import { waitUntil } from '../testkit/wait.ts'
import { startReceiver } from './receiver.ts'

const EMAIL = 'ada@example.com'
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = 'b7ad6b7169203331'

const ends: (() => void | Promise<void>)[] = []
const onEnd = (end: () => void | Promise<void>) => void ends.unshift(end)
let receiver: Awaited<ReturnType<typeof startReceiver>>
let service: ServiceProcess
let browser: Browser

beforeAll(async () => {
  receiver = await startReceiver(onEnd)
  ;({ service, browser } = await serveProcess(
    { settings: receiver.settings, dataDir: createTemporaryDirectory(onEnd) },
    onEnd,
  ))
  await signUp(browser, { email: EMAIL })
})
afterAll(async () => {
  for (const end of ends) await end()
})

const named =
  (name: string) =>
  ({ attributes }: { attributes: Record<string, unknown> }) =>
    attributes['graphql.operation.name'] === name

test('a request is traced down to the commands of the database', async () => {
  await browser.gql('query WhoIsThere { me { email } }')
  const operation = await receiver.waitForSpan(named('WhoIsThere'))
  expect(operation).toMatchObject({ name: 'query', attributes: { 'gatehouse.outcome': 'ok' }, isError: false })
  const field = await receiver.waitForSpan(({ parentSpanId }) => parentSpanId === operation.spanId)
  expect(field.name).toBe('Query.me')
  const request = await receiver.waitForSpan(({ spanId }) => spanId === operation.parentSpanId)
  expect(request).toMatchObject({
    name: 'POST /graphql',
    attributes: { 'http.request.method': 'POST', 'http.route': '/graphql', 'http.response.status_code': 200 },
  })
  const find = await receiver.waitForSpan(
    ({ name, traceId }) => name === 'find sessions' && traceId === operation.traceId,
  )
  expect(find.attributes).toMatchObject({ 'db.system.name': 'mongodb', 'db.operation.name': 'find' })
  expect(receiver.listAncestors(find).at(-1)).toBe('POST /graphql')
})

test('a guard’s refusal is seen at its field', async () => {
  const visitor = openBrowser(await service.listening)
  await visitor.gql('query Refused { me { email } }')
  const operation = await receiver.waitForSpan(named('Refused'))
  expect(operation.attributes['gatehouse.outcome']).toBe('UNAUTHENTICATED')
  const field = await receiver.waitForSpan(({ parentSpanId }) => parentSpanId === operation.spanId)
  expect(field).toMatchObject({ name: 'Query.me', attributes: { 'error.type': 'UNAUTHENTICATED' }, isError: true })
})

test('a mail is part of the trace that asked for it', async () => {
  await requestPasswordReset(browser, { email: EMAIL })
  const mail = await receiver.waitForSpan(({ name }) => name === 'mail resetPassword')
  const field = await receiver.waitForSpan(({ name }) => name === 'Mutation.requestPasswordReset')
  expect(mail.traceId).toBe(field.traceId)
  expect(receiver.listAncestors(mail)).toContain('POST /graphql')
})

test('a proxy’s trace goes on, and the lines of the log name it', async () => {
  await browser.gql('query Proxied { me { email } }', {}, { traceparent: `00-${TRACE}-${PARENT}-01` })
  const operation = await receiver.waitForSpan(named('Proxied'))
  expect(operation.traceId).toBe(TRACE)
  const request = await receiver.waitForSpan(({ spanId }) => spanId === operation.parentSpanId)
  expect(request.parentSpanId).toBe(PARENT)
  const line = await service.waitForLog(({ event, operation: name }) => event === 'request' && name === 'Proxied')
  expect(line.traceId).toBe(TRACE)
})

test('a broken traceparent begins a trace of its own', async () => {
  await browser.gql('query Broken { me { email } }', {}, { traceparent: `00-${'0'.repeat(32)}-x` })
  expect((await receiver.waitForSpan(named('Broken'))).traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/)
})

test('no span holds a value: no address, no password, no document, no cookie', async () => {
  await logIn(browser, { email: EMAIL, password: OTHER_PASSWORD })
  await logIn(browser, { email: EMAIL })
  await receiver.waitForSpan(({ name }) => name === 'Mutation.login')
  await waitUntil(() => expect(receiver.spans.filter(({ name }) => name === 'Mutation.login')).toHaveLength(2))
  const all = receiver.readAll()
  for (const value of [EMAIL, PASSWORD, OTHER_PASSWORD, '__typename', 'argon2', browser.cookie ?? 'sid='])
    expect(all).not.toContain(value)
})

test('what waits is sent when the service stops', async () => {
  const own = await startReceiver(onEnd)
  const other = await serveProcess({ settings: { ...own.settings, OTEL_BSP_SCHEDULE_DELAY: '600000' } })
  await other.browser.gql('query Last { me { email } }')
  expect(await other.service.stop()).toBe(0)
  expect(own.spans.some(named('Last'))).toBe(true)
})

test('a collector that is away delays nothing and fails nothing', async () => {
  const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_BSP_SCHEDULE_DELAY: '20' }
  const other = await serveProcess({ settings })
  expect((await signUp(other.browser)).kind).toBe('SignupSuccess')
  expect(await other.service.stop()).toBe(0)
})

test.each([
  {},
  { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_SDK_DISABLED: 'true' },
  { OTEL_TRACES_EXPORTER: 'none' },
])('with the settings %j OpenTelemetry is not loaded', async (settings) => {
  const preload = new URL('loaded-modules.mjs', import.meta.url).href
  const { service: off } = await serveProcess({ settings, preload })
  expect(await off.stop()).toBe(0)
  expect(off.errors).not.toContain('opentelemetry')
  expect(off.errors).toContain('modules:')
})

test('the packages of OpenTelemetry stand outside of the bundle', () => {
  const main = readFileSync(new URL('../../dist/main.js', import.meta.url), 'utf8')
  expect(main).not.toMatch(/from ["']@opentelemetry/)
})
