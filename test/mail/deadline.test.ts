import { expect, onTestFinished, test, vi } from 'vitest'
import { MINUTES } from '../../src/units.ts'
import { signUp } from '../testkit/client.ts'
import { startOwnService } from '../testkit/fixtures.ts'
import { waitForEmptyQueue } from '../testkit/mail/queue.ts'
import { advanceUntil } from '../testkit/wait.ts'

test('a failed mail is tried again, though the deadline of the request that asked for it has long passed', async () => {
  const deadlines: AbortController[] = []
  const spy = vi.spyOn(AbortSignal, 'timeout')
  onTestFinished(() => spy.mockRestore())
  spy.mockImplementation(() => {
    const deadline = new AbortController()
    deadlines.push(deadline)
    return deadline.signal
  })
  let tries = 0
  const send = async () => {
    tries += 1
    if (tries === 1) throw new Error('The mail server is away.')
  }
  const service = await startOwnService({ mailer: { send, close: () => {} } })
  await signUp(service.openBrowser())
  await service.waitForLog(({ event }) => event === 'mail.failed')
  for (const deadline of deadlines) deadline.abort()
  await advanceUntil(service, MINUTES, () => expect(service.log.map(({ event }) => event)).toContain('mail.sent'))
  expect(tries).toBe(2)
  await waitForEmptyQueue(service)
})
