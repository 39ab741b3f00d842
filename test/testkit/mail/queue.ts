import { expect } from 'vitest'
import type { Service } from '../service.ts'
import { waitUntil } from '../wait.ts'
import { type ReceivedMail, readMail } from './mailbox.ts'

/** Waits until the queue is empty: each mail has been sent, or had no recipient. */
export async function waitForEmptyQueue({ db }: Pick<Service, 'db'>): Promise<void> {
  await waitUntil(async () => expect(await db.collection('mails').countDocuments()).toBe(0))
}

/** Lists all mails that were sent to an address, once the queue is empty. */
export async function listMails(service: Service, address: string): Promise<ReceivedMail[]> {
  await waitForEmptyQueue(service)
  const files = service.log.filter(({ event }) => event === 'mail.written').map(({ file }) => String(file))
  return (await Promise.all(files.map(readMail))).filter(({ to }) => to === address)
}
