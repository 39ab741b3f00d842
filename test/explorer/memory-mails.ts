import type { Collections } from '../../src/mongo/collections.ts'
import { type Memory, type StoredMail, withEntry, withoutEntries } from './memory.ts'

/** The queue of `src/mongo/mails.ts` in memory. */
export function memoryMails(memory: Memory, newId: () => string): Collections['mails'] {
  const byDue = () => [...memory.mails.values()].sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime())
  const set = (mail: StoredMail) => {
    memory.mails = withEntry(memory.mails, mail.id, mail)
  }
  const isAbout = (mail: StoredMail, userId: string, emailCanonical: string) =>
    ('userId' in mail && mail.userId === userId) || ('emailCanonical' in mail && mail.emailCanonical === emailCanonical)
  return {
    async insert(job, createdAt, dueAt) {
      const id = newId()
      set({ ...job, id, createdAt, dueAt, tries: 0 })
      return id
    },
    count: async () => memory.mails.size,
    async reschedule(id, dueAt) {
      const mail = memory.mails.get(id)
      if (mail) set({ ...mail, dueAt })
    },
    async lease(now, leaseUntil) {
      const [mail] = byDue().filter(({ dueAt }) => dueAt <= now)
      if (!mail) return null
      const leased = { ...mail, dueAt: leaseUntil, tries: mail.tries + 1 }
      set(leased)
      return leased
    },
    findNextDue: async () => byDue()[0]?.dueAt ?? null,
    async delete(id) {
      memory.mails = withoutEntries(memory.mails, [id])
    },
    async deleteByUser(userId, emailCanonical) {
      const found = [...memory.mails.values()].filter((mail) => isAbout(mail, userId, emailCanonical))
      memory.mails = withoutEntries(
        memory.mails,
        found.map(({ id }) => id),
      )
    },
  }
}
