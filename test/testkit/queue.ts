import { expect, vi } from 'vitest'
import { type ReceivedMail, readMail } from './mailbox.ts'
import type { Service } from './service.ts'

/** Waits until no mail waits in the queue: each has been sent, or had nobody to go to. */
export async function queueEmpty({ db }: Pick<Service, 'db'>): Promise<void> {
  await vi.waitFor(async () => expect(await db.collection('mails').countDocuments()).toBe(0), {
    timeout: 10_000,
    interval: 10,
  })
}

/** Every mail that was ever sent to an address, once the queue is empty. */
export async function allMailsTo(service: Service, address: string): Promise<ReceivedMail[]> {
  await queueEmpty(service)
  const files = service.log.filter(({ event }) => event === 'mail.written').map(({ file }) => String(file))
  return (await Promise.all(files.map(readMail))).filter(({ to }) => to === address)
}
