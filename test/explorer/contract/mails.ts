import { expect } from 'vitest'
import type { MailJob } from '../../../src/mongo/mails.ts'
import type { Ports } from '../ports.ts'
import { ago, NOW } from '../world.ts'
import { ANN, BEN, type Cases, NOBODY, promise } from './kit.ts'

const later = (ms: number) => new Date(NOW.getTime() + ms)
const reset: MailJob = { kind: 'resetPassword', emailCanonical: 'ann@example.com' }
const changed: MailJob = { kind: 'passwordChanged', userId: ANN, changedAt: NOW }
const signup: MailJob = {
  ...{ kind: 'signup', emailCanonical: 'ann@example.com', userId: BEN },
  attempt: { passwordHash: 'hash', firstName: 'Ann', lastName: null, locale: 'en' },
}
const bens: MailJob = { kind: 'verifyEmail', emailCanonical: 'ben@example.com' }

/** The kinds of all that is due by then, in the order in which it is leased. */
async function leased({ mails }: Ports, by: Date): Promise<string[]> {
  const kinds: string[] = []
  for (let job = await mails.lease(by, later(1e9)); job; job = await mails.lease(by, later(1e9))) kinds.push(job.kind)
  return kinds
}

export const mailCases: Cases<Ports['mails']> = {
  insert: [
    promise('gives an id by which the job is known', async ({ mails }) => {
      const id = await mails.insert(signup, ago(5), NOW)
      const expected = { ...signup, id, createdAt: ago(5), dueAt: later(9), tries: 1 }
      expect(await mails.lease(NOW, later(9))).toEqual(expected)
    }),
    promise('takes the same job twice', async (ports) => {
      const ids = [await ports.mails.insert(reset, NOW, NOW), await ports.mails.insert(reset, NOW, NOW)]
      expect(new Set(ids).size).toBe(2)
      expect(await ports.mails.count()).toBe(2)
    }),
  ],
  count: [
    promise('counts all, due or not', async ({ mails }) => {
      const counts = [await mails.count()]
      for (const dueAt of [NOW, later(1000), NOW]) {
        await mails.insert(reset, NOW, dueAt)
        counts.push(await mails.count())
      }
      expect(counts).toEqual([0, 1, 2, 3])
    }),
  ],
  reschedule: [
    promise('makes a job due at another time, and brings none back', async (ports) => {
      const id = await ports.mails.insert(reset, NOW, NOW)
      await ports.mails.reschedule(id, later(10))
      await ports.mails.reschedule(NOBODY, NOW)
      expect(await ports.mails.findNextDue()).toEqual(later(10))
      expect(await ports.mails.count()).toBe(1)
    }),
  ],
  lease: [
    promise('takes what is due longest, and leases it', async (ports) => {
      await ports.mails.insert(bens, NOW, later(1))
      await ports.mails.insert(reset, NOW, ago(1))
      await ports.mails.insert(changed, NOW, NOW)
      await ports.mails.insert(signup, NOW, ago(2))
      expect(await leased(ports, NOW)).toEqual(['signup', 'resetPassword', 'passwordChanged'])
      expect(await leased(ports, later(1))).toEqual(['verifyEmail'])
    }),
    promise('takes a job again when its lease is over, and counts the tries', async ({ mails }) => {
      await mails.insert(reset, NOW, NOW)
      expect((await mails.lease(NOW, later(5)))?.tries).toBe(1)
      expect(await mails.lease(later(4), later(9))).toBeNull()
      expect(await mails.lease(later(5), later(9))).toMatchObject({ tries: 2, kind: 'resetPassword' })
    }),
    promise('gives each of two that are due at once to one', async (ports) => {
      await ports.mails.insert(reset, NOW, NOW)
      await ports.mails.insert(changed, NOW, NOW)
      expect((await leased(ports, NOW)).toSorted()).toEqual(['passwordChanged', 'resetPassword'])
    }),
  ],
  findNextDue: [
    promise('tells the earliest, past or to come, or that none waits', async ({ mails }) => {
      expect(await mails.findNextDue()).toBeNull()
      await mails.insert(reset, NOW, later(5))
      await mails.insert(changed, NOW, ago(5))
      expect(await mails.findNextDue()).toEqual(ago(5))
      await mails.lease(NOW, later(9))
      expect(await mails.findNextDue()).toEqual(later(5))
    }),
  ],
  delete: [
    promise('removes one, or none', async (ports) => {
      const id = await ports.mails.insert(reset, NOW, NOW)
      await ports.mails.insert(changed, NOW, NOW)
      await ports.mails.delete(id)
      await ports.mails.delete(NOBODY)
      expect(await leased(ports, NOW)).toEqual(['passwordChanged'])
    }),
  ],
  deleteByUser: [
    promise('removes what waits for a user, by id or by address', async (ports) => {
      for (const [index, job] of [reset, changed, signup, bens].entries())
        await ports.mails.insert(job, NOW, ago(-index))
      await ports.mails.deleteByUser(ANN, 'ann@example.com')
      expect(await leased(ports, later(9))).toEqual(['verifyEmail'])
      await ports.mails.insert(signup, NOW, NOW)
      await ports.mails.deleteByUser(BEN, 'nobody@example.com')
      expect(await ports.mails.count()).toBe(1)
    }),
  ],
}
