import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test, vi } from 'vitest'
import { requestPasswordReset, resetPassword } from '../testkit/account.ts'
import { ownService } from '../testkit/lend.ts'
import { OTHER_PASSWORD, signUp, whoIs } from '../testkit/people.ts'
import { queueEmpty } from '../testkit/queue.ts'
import type { Service } from '../testkit/service.ts'
import { type MailServer, startMailServer } from '../testkit/smtp.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND

async function serviceWith(server: MailServer): Promise<Service> {
  return ownService({
    settings: { SMTP_URL: `smtp://127.0.0.1:${server.port}`, MAIL_FROM: 'Gatehouse <no-reply@example.com>' },
  })
}

const failures = (service: Service) => service.log.filter(({ event }) => event === 'mail.failed')

/** Moves the clock on, step by step, until something is there. */
const inTime = (service: Service, step: number, there: () => void) =>
  vi.waitFor(
    () => {
      service.clock.advance(step)
      there()
    },
    { timeout: 15_000, interval: 5 },
  )

test('D-24: with the mail server down a sign-up and a reset answer as ever, and their mails come when it is back', async () => {
  const server = await startMailServer()
  const service = await serviceWith(server)
  await server.down()
  const ada = service.browser()
  expect((await signUp(ada)).body.data?.signup).toMatchObject({ __typename: 'SignupSuccess' })
  expect((await requestPasswordReset(ada, 'ada@example.com')).kind).toBe('MailRequested')
  expect(await whoIs(ada)).toBe('ada@example.com')
  await service.logged(({ event }) => event === 'mail.failed')
  expect(server.deliveries).toEqual([])

  await server.up()
  await inTime(service, SECOND, () => expect(server.deliveries).toHaveLength(2))
  await queueEmpty(service)
  expect(server.deliveries.map(({ subject }) => subject).sort()).toEqual([
    'Reset your password',
    'Verify your email address',
  ])
  expect(server.deliveries.every(({ from }) => from === 'no-reply@example.com')).toBe(true)
  const reset = server.deliveries.find(({ link }) => link?.includes('/reset-password#'))
  expect((await resetPassword(service.browser(), reset?.token, OTHER_PASSWORD)).kind).toBe('ResetPasswordSuccess')
})

test('D-24: a server that refuses is tried again, and the link of the mail that comes works', async () => {
  const server = await startMailServer()
  const service = await serviceWith(server)
  server.refuse(451)
  await signUp(service.browser())
  await requestPasswordReset(service.browser(), 'ada@example.com')
  await inTime(service, SECOND, () => expect(failures(service).length).toBeGreaterThan(5))
  server.refuse(null)
  await inTime(service, 10 * SECOND, () => expect(server.deliveries).toHaveLength(2))
  await queueEmpty(service)
  const reset = server.deliveries.find(({ link }) => link?.includes('/reset-password#'))
  expect((await resetPassword(service.browser(), reset?.token, OTHER_PASSWORD)).kind).toBe('ResetPasswordSuccess')
})

test('D-24: while a slow server keeps a mail waiting, everything else is answered', async () => {
  const server = await startMailServer()
  const service = await serviceWith(server)
  const open = server.holdMails()
  await signUp(service.browser(), 'ada@example.com')
  await vi.waitFor(() => expect(server.connections).toBe(1))
  const grace = service.browser()
  await signUp(grace, 'grace@example.com')
  expect(await whoIs(grace)).toBe('grace@example.com')
  expect((await requestPasswordReset(grace, 'grace@example.com')).kind).toBe('MailRequested')
  expect(server.deliveries).toEqual([])
  open()
  await queueEmpty(service)
  expect(server.deliveries.map(({ to }) => to)).toEqual(['ada@example.com', 'grace@example.com', 'grace@example.com'])
})

test('D-24: a server that refuses one mail does not keep the others from going out', async () => {
  const server = await startMailServer()
  const service = await serviceWith(server)
  server.refuse(550)
  await signUp(service.browser(), 'ada@example.com')
  await service.logged(({ event }) => event === 'mail.failed')
  server.refuse(null)
  await signUp(service.browser(), 'grace@example.com')
  await vi.waitFor(() => expect(server.deliveries.map(({ to }) => to)).toEqual(['grace@example.com']))
})

test('the pauses between tries grow from five seconds to an hour, and no try comes early', async () => {
  const server = await startMailServer()
  const service = await serviceWith(server)
  server.refuse(451)
  const ada = service.browser()
  await signUp(ada)
  const untilDue = async (pause: number) => {
    const job = await service.db.collection('mails').findOne()
    const wait = job?.dueAt.getTime() - service.clock.now().getTime()
    expect(Math.abs(wait - pause * SECOND)).toBeLessThan(2 * SECOND)
    return wait
  }
  for (const [index, pause] of [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600].entries()) {
    await vi.waitFor(() => expect(failures(service)).toHaveLength(index + 1))
    expect(failures(service)[index]).toMatchObject({ tries: index + 1, retryInMs: pause * SECOND })
    const wait = await vi.waitFor(() => untilDue(pause))
    service.clock.advance(wait - 1)
    await whoIs(ada)
    expect(server.connections).toBe(index + 1)
    await inTime(service, 50, () => expect(server.connections).toBe(index + 2))
  }
})

test('a mail that could not be sent for a day is given up, and the log tells', async () => {
  const server = await startMailServer()
  const service = await serviceWith(server)
  server.refuse(550)
  await signUp(service.browser())
  await service.logged(({ event }) => event === 'mail.failed')
  service.clock.advance(23 * HOUR)
  await inTime(service, SECOND, () => expect(failures(service)).toHaveLength(2))
  await inTime(service, 15 * SECOND, () =>
    expect(service.log.find(({ event }) => event === 'mail.given-up')).toMatchObject({ kind: 'verifyEmail' }),
  )
  await queueEmpty(service)
  expect(server.deliveries).toEqual([])
})

test('what the log says of a failed mail names no address and no token', async () => {
  const server = await startMailServer()
  const service = await serviceWith(server)
  server.refuse(550)
  await signUp(service.browser())
  await service.logged(({ event }) => event === 'mail.failed')
  expect(JSON.stringify(service.log)).not.toContain('ada@example.com')
  expect(JSON.stringify(service.log)).not.toContain('#token=')
})

test('D-24: with a server that never greets, the answer does not wait', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const service = await ownService({
    settings: { SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: 'no-reply@example.com' },
  })
  const connected = once(silent, 'connection')
  const ada = service.browser()
  await signUp(ada)
  const [socket] = await connected
  expect(await whoIs(ada)).toBe('ada@example.com')
  expect((await requestPasswordReset(ada, 'ada@example.com')).kind).toBe('MailRequested')
  expect(failures(service)).toEqual([])
  socket.destroy()
  silent.close()
})
