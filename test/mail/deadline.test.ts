import { afterEach, expect, test, vi } from 'vitest'
import { MINUTES } from '../../src/units.ts'
import { signUp } from '../testkit/client.ts'
import { waitForEmptyQueue } from '../testkit/mail/queue.ts'
import { startService } from '../testkit/service.ts'

afterEach(() => vi.restoreAllMocks())

test('a failed mail is tried again, though the deadline of the request that asked for it has long passed', async () => {
  const deadlines: AbortController[] = []
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
    const deadline = new AbortController()
    deadlines.push(deadline)
    return deadline.signal
  })
  let tries = 0
  const send = async () => {
    tries += 1
    if (tries === 1) throw new Error('The mail server is away.')
  }
  const service = await startService({ mailer: { send, close: () => {} } })
  try {
    await signUp(service.openBrowser())
    await service.waitForLog(({ event }) => event === 'mail.failed')
    for (const deadline of deadlines) deadline.abort()
    await vi.waitFor(() => {
      service.clock.advance(MINUTES)
      expect(service.log.map(({ event }) => event)).toContain('mail.sent')
    })
    expect(tries).toBe(2)
    await waitForEmptyQueue(service)
  } finally {
    await service.close()
  }
})
