import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { openBrowser } from '../testkit/browser.ts'
import { logIn, logOut, OTHER_PASSWORD, queryMe } from '../testkit/client.ts'
import { findFreePort } from '../testkit/free-port.ts'
import { startService } from '../testkit/service.ts'
import { createIdleUser } from '../testkit/users.ts'

async function startWithMetrics() {
  const port = await findFreePort()
  const service = await startService({ settings: { METRICS: `127.0.0.1:${port}` } })
  onTestFinished(() => service.close())
  const outside = openBrowser(`http://127.0.0.1:${port}`)
  return { service, outside, readMetrics: async () => (await outside.get('/metrics')).text }
}

/** Reads the value of the series with these labels, or 0. */
function readValue(text: string, series: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `))
  return Number(line?.split(' ').at(-1) ?? 0)
}

test('METRICS counts requests, operations, logins and sessions', async () => {
  const { service, readMetrics } = await startWithMetrics()
  const { email, browser } = await createIdleUser(service)
  await queryMe(browser)
  await logIn(service.openBrowser(), { email, password: OTHER_PASSWORD })
  const again = service.openBrowser()
  await logIn(again, { email })
  await logOut(again)
  await again.get('/nowhere')
  await again.gql('query Named { me { id } }')
  const text = await readMetrics()
  const value = (series: string) => readValue(text, series)
  expect(value('gatehouse_logins_total{outcome="failure"}')).toBe(1)
  expect(value('gatehouse_logins_total{outcome="success"}')).toBe(1)
  expect(value('gatehouse_sessions_opened_total')).toBe(2)
  expect(value('gatehouse_sessions_ended_total')).toBe(1)
  expect(value('gatehouse_mails_total{outcome="sent"}')).toBe(1)
  expect(value('gatehouse_mails_waiting')).toBe(0)
  expect(value('gatehouse_hashes_waiting')).toBe(0)
  expect(
    value('http_request_duration_seconds_count{method="POST",route="/graphql",status_code="200"}'),
  ).toBeGreaterThan(4)
  expect(value('http_request_duration_seconds_count{method="GET",route="other",status_code="404"}')).toBe(1)
  expect(text).toMatch(/^graphql_operation_duration_seconds_count\{operation="query",outcome="ok"\} \d/m)
  expect(text).toContain('operation="other",outcome="UNAUTHENTICATED"')
  expect(value('mongodb_connections_open')).toBeGreaterThan(0)
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m)
  expect(text).not.toContain(email)
})

test('clients cannot make labels without end', async () => {
  const { service, readMetrics } = await startWithMetrics()
  const browser = service.openBrowser()
  await browser.gql('query Refused { nothing }')
  for (let n = 0; n < 130; n += 1) await browser.gql(`query Name${n} { session { id } }`)
  const names = new Set([...(await readMetrics()).matchAll(/_count\{operation="(\w+)"/g)].map(([, name]) => name))
  expect(names.size).toBe(101)
  expect(names).toContain('other')
  expect(names).not.toContain('Refused')
})

test('metrics have a port of their own, where nothing else is answered', async () => {
  const { service, outside } = await startWithMetrics()
  expect((await service.openBrowser().get('/metrics')).status).toBe(404)
  for (const path of ['/', '/graphql', '/metrics/', '/metrics?x=1', '/healthz'])
    expect([path, (await outside.get(path)).status]).toEqual([path, 404])
  expect((await outside.post('/metrics', {})).status).toBe(404)
  expect(await outside.get('/metrics')).toMatchObject({
    status: 200,
    headers: { 'content-type': expect.stringMatching(/^text\/plain; version=0\.0\.4/) },
  })
})

test('a service whose port for metrics is taken does not start', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  await expect(startService({ settings: { METRICS: `127.0.0.1:${port}` } })).rejects.toThrow(
    `METRICS cannot be served on 127.0.0.1:${port}: EADDRINUSE.`,
  )
})

const readFile = (name: string) => readFileSync(new URL(`../../src/metrics/${name}`, import.meta.url), 'utf8')

test('the dashboard, the alerts and the documentation name metrics that there are', async () => {
  const { service, readMetrics } = await startWithMetrics()
  await createIdleUser(service)
  const text = await readMetrics()
  const known = new Set([...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name]) => name))
  const { panels } = JSON.parse(readFile('dashboard.json')) as { panels: { targets: { expr: string }[] }[] }
  const { groups } = parse(readFile('alerts.yaml')) as { groups: { rules: { alert: string; expr: string }[] }[] }
  const rules = groups.flatMap((group) => group.rules)
  expect(rules).toHaveLength(6)
  const expressions = [...panels.flatMap(({ targets }) => targets), ...rules].map(({ expr }) => expr)
  const documented = [...readFile('README.md').matchAll(/`(\w+)`/g)].map(([, name]) => name ?? '')
  const named = [...expressions.flatMap((expr) => expr.match(/[a-z]+_\w+/g) ?? []), ...documented]
    .filter((name) => /^(http|graphql|gatehouse|mongodb|nodejs|process)_/.test(name))
    .map((name) => name.replace(/_(bucket|count|sum)$/, ''))
  expect(named.length).toBeGreaterThan(20)
  expect([...new Set(named)].filter((name) => !known.has(name))).toEqual([])
})
