import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { getSignedInEmail, requestPasswordReset, resetPassword, signUp } from '../testkit/client.ts'
import { startOwnService } from '../testkit/fixtures.ts'
import { type MailServer, startMailServer } from '../testkit/mail/mail-server.ts'
import { waitForEmptyQueue } from '../testkit/mail/queue.ts'
import type { Service } from '../testkit/service.ts'
import { advanceUntil, waitUntil } from '../testkit/wait.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND

async function startWithMailServer(server: MailServer): Promise<Service> {
  return startOwnService({
    settings: { SMTP_URL: `smtp://127.0.0.1:${server.port}`, MAIL_FROM: 'Gatehouse <no-reply@example.com>' },
  })
}

const listFailures = (service: Service) => service.log.filter(({ event }) => event === 'mail.failed')

test('with the mail server down, signing up and resetting answer as ever, and the mails come when it is back', async () => {
  const server = await startMailServer()
  const service = await startWithMailServer(server)
  await server.down()
  const ada = service.openBrowser()
  expect((await signUp(ada)).data).toMatchObject({ __typename: 'SignupSuccess' })
  expect((await requestPasswordReset(ada, { email: 'ada@example.com' })).kind).toBe('MailRequested')
  expect(await getSignedInEmail(ada)).toBe('ada@example.com')
  await service.waitForLog(({ event }) => event === 'mail.failed')
  expect(server.deliveries).toEqual([])

  await server.up()
  await advanceUntil(service, SECOND, () => expect(server.deliveries).toHaveLength(2))
  await waitForEmptyQueue(service)
  expect(server.deliveries.map(({ subject }) => subject).sort()).toEqual([
    'Reset your password',
    'Verify your email address',
  ])
  expect(server.deliveries.every(({ from }) => from === 'no-reply@example.com')).toBe(true)
  const reset = server.deliveries.find(({ link }) => link?.includes('/reset-password#'))
  expect((await resetPassword(service.openBrowser(), { token: reset?.token })).kind).toBe('ResetPasswordSuccess')
})

test('a mail that the server refuses is tried again, and its link works', async () => {
  const server = await startMailServer()
  const service = await startWithMailServer(server)
  server.refuse(451)
  await signUp(service.openBrowser())
  await requestPasswordReset(service.openBrowser(), { email: 'ada@example.com' })
  await advanceUntil(service, SECOND, () => expect(listFailures(service).length).toBeGreaterThan(5))
  server.refuse(null)
  await advanceUntil(service, 10 * SECOND, () => expect(server.deliveries).toHaveLength(2))
  await waitForEmptyQueue(service)
  const reset = server.deliveries.find(({ link }) => link?.includes('/reset-password#'))
  expect((await resetPassword(service.openBrowser(), { token: reset?.token })).kind).toBe('ResetPasswordSuccess')
})

test('while a slow mail server keeps a mail waiting, everything else is answered', async () => {
  const server = await startMailServer()
  const service = await startWithMailServer(server)
  const open = server.holdMails()
  await signUp(service.openBrowser(), { email: 'ada@example.com' })
  await waitUntil(() => expect(server.connections).toBe(1))
  const grace = service.openBrowser()
  await signUp(grace, { email: 'grace@example.com' })
  expect(await getSignedInEmail(grace)).toBe('grace@example.com')
  expect((await requestPasswordReset(grace, { email: 'grace@example.com' })).kind).toBe('MailRequested')
  expect(server.deliveries).toEqual([])
  open()
  await waitForEmptyQueue(service)
  expect(server.deliveries.map(({ to }) => to)).toEqual(['ada@example.com', 'grace@example.com', 'grace@example.com'])
})

test('a mail server that refuses one mail does not keep the others from going out', async () => {
  const server = await startMailServer()
  const service = await startWithMailServer(server)
  server.refuse(450)
  await signUp(service.openBrowser(), { email: 'ada@example.com' })
  await service.waitForLog(({ event }) => event === 'mail.failed')
  server.refuse(null)
  await signUp(service.openBrowser(), { email: 'grace@example.com' })
  await waitUntil(() => expect(server.deliveries.map(({ to }) => to)).toEqual(['grace@example.com']))
})

test('the pauses between tries grow from five seconds to an hour, and no try is early', async () => {
  const server = await startMailServer()
  const service = await startWithMailServer(server)
  server.refuse(451)
  const ada = service.openBrowser()
  await signUp(ada)
  const readWait = async (pause: number) => {
    const job = await service.db.collection('mails').findOne()
    const wait = job?.dueAt.getTime() - service.clock.now().getTime()
    expect(Math.abs(wait - pause * SECOND)).toBeLessThan(2 * SECOND)
    return wait
  }
  for (const [index, pause] of [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600].entries()) {
    await waitUntil(() => expect(listFailures(service)).toHaveLength(index + 1))
    expect(listFailures(service)[index]).toMatchObject({ tries: index + 1, retryInMs: pause * SECOND })
    const wait = await waitUntil(() => readWait(pause))
    service.clock.advance(wait - 1)
    await getSignedInEmail(ada)
    expect(server.connections).toBe(index + 1)
    await advanceUntil(service, 50, () => expect(server.connections).toBe(index + 2))
  }
})

test.each([
  [550, 'RCPT'],
  [554, 'DATA'],
  [553, 'MAIL'],
  [552, 'DATA'],
] as const)('a mail that the server refuses for good, by %d at %s, is given up at once', async (code, command) => {
  const server = await startMailServer()
  const service = await startWithMailServer(server)
  server.refuse(code, command)
  await signUp(service.openBrowser())
  expect(await service.waitForLog(({ event }) => event === 'mail.given-up')).toMatchObject({
    ...{ kind: 'verifyEmail', tries: 1, code },
  })
  await waitForEmptyQueue(service)
  expect(listFailures(service)).toEqual([])
  expect(JSON.stringify(service.log)).not.toContain('ada@example.com')
})

test.each([
  [450, 'RCPT'],
  [452, 'DATA'],
  [421, 'MAIL'],
  [530, 'MAIL'],
] as const)('a mail that the server refuses for now, by %d at %s, is tried again', async (code, command) => {
  const server = await startMailServer()
  const service = await startWithMailServer(server)
  server.refuse(code, command)
  await signUp(service.openBrowser())
  await service.waitForLog(({ event }) => event === 'mail.failed')
  server.refuse(null)
  await advanceUntil(service, SECOND, () => expect(server.deliveries).toHaveLength(1))
})

test('a mail that could not be sent for a day is given up, and the log says so', async () => {
  const server = await startMailServer()
  const service = await startWithMailServer(server)
  server.refuse(450)
  await signUp(service.openBrowser())
  await service.waitForLog(({ event }) => event === 'mail.failed')
  service.clock.advance(23 * HOUR)
  await advanceUntil(service, SECOND, () => expect(listFailures(service)).toHaveLength(2))
  await advanceUntil(service, 15 * SECOND, () =>
    expect(service.log.find(({ event }) => event === 'mail.given-up')).toMatchObject({ kind: 'verifyEmail' }),
  )
  await waitForEmptyQueue(service)
  expect(server.deliveries).toEqual([])
})

test('the log line of a failed mail has no address and no token', async () => {
  const server = await startMailServer()
  const service = await startWithMailServer(server)
  server.refuse(450)
  await signUp(service.openBrowser())
  await service.waitForLog(({ event }) => event === 'mail.failed')
  expect(JSON.stringify(service.log)).not.toContain('ada@example.com')
  expect(JSON.stringify(service.log)).not.toContain('#token=')
})

test('a mail server that never greets delays no answer', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const service = await startOwnService({
    settings: { SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: 'no-reply@example.com' },
  })
  const connected = once(silent, 'connection')
  const ada = service.openBrowser()
  await signUp(ada)
  const [socket] = await connected
  expect(await getSignedInEmail(ada)).toBe('ada@example.com')
  expect((await requestPasswordReset(ada, { email: 'ada@example.com' })).kind).toBe('MailRequested')
  expect(listFailures(service)).toEqual([])
  socket.destroy()
  silent.close()
})
