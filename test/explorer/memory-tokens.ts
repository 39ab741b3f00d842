import { type Memory, withEntry, withoutEntries } from './memory.ts'
import type { Ports } from './ports.ts'

/** The one-time tokens in memory. */
export function memoryTokens(memory: Memory): Ports['tokens'] {
  return {
    async insert(token) {
      if (memory.tokens.has(token._id)) throw new Error('E11000 duplicate key')
      memory.tokens = withEntry(memory.tokens, token._id, token)
    },
    async deleteOlderInvitations({ _id, emailCanonical, expires }) {
      const older = [...memory.tokens.values()].filter(
        (token) =>
          token.purpose === 'invitation' &&
          token.emailCanonical === emailCanonical &&
          token._id !== _id &&
          token.expires <= expires,
      )
      memory.tokens = withoutEntries(
        memory.tokens,
        older.map((token) => token._id),
      )
    },
    findByHash: async (hash) => memory.tokens.get(hash) ?? null,
    async delete(hash) {
      memory.tokens = withoutEntries(memory.tokens, [hash])
    },
    async deleteByUser(userId) {
      const found = [...memory.tokens.values()].filter((token) => token.userId === userId)
      memory.tokens = withoutEntries(
        memory.tokens,
        found.map(({ _id }) => _id),
      )
    },
  }
}
