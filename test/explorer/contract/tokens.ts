import { expect } from 'vitest'
import type { TokenDocument } from '../../../src/mongo/tokens.ts'
import type { Ports } from '../ports.ts'
import { token } from '../world.ts'
import { ANN, BEN, type Cases, promise } from './kit.ts'

const attempt = { passwordHash: 'hash', firstName: 'Ann', lastName: null, locale: 'en' } as const
const [verify, change, bens] = [
  { ...token('verify', 'verifyEmail', 'ann@example.com', attempt), userId: ANN },
  { ...token('change', 'changeEmail', 'new@example.com', null), userId: ANN },
  { ...token('reset', 'resetPassword', 'ben@example.com', null), userId: BEN },
]
const ALL = [verify, change, bens]

async function add({ tokens }: Ports): Promise<void> {
  for (const one of ALL) await tokens.insert(one)
}

async function left({ tokens }: Ports) {
  const found = await Promise.all(ALL.map(({ _id }) => tokens.findByHash(_id)))
  return found.filter((one) => one !== null)
}

export const tokenCases: Cases<Ports['tokens']> = {
  insert: [
    promise('fails with a hash that is there', async (ports) => {
      await add(ports)
      await expect(ports.tokens.insert({ ...bens, _id: verify._id })).rejects.toThrow('E11000')
      expect(await left(ports)).toEqual(ALL)
    }),
  ],
  findByHash: [
    promise('gives the token as it was added, and nothing for an unknown hash', async (ports) => {
      await add(ports)
      expect(await left(ports)).toEqual(ALL)
      expect(await ports.tokens.findByHash('unknown')).toBeNull()
    }),
  ],
  deleteOlderInvitations: [
    promise('removes the invitations to one address that are older', async (ports) => {
      const invitation: TokenDocument = { ...bens, purpose: 'invitation', invitation: { roles: [], invitedBy: ANN } }
      const [first, second] = [
        { ...invitation, _id: 'first' },
        { ...invitation, _id: 'second', expires: new Date(bens.expires.getTime() + 1) },
      ]
      const elsewhere = { ...first, _id: 'elsewhere', emailCanonical: 'new@example.com' }
      for (const one of [bens, first, second, elsewhere]) await ports.tokens.insert(one)
      await ports.tokens.deleteOlderInvitations(second)
      const ids = [bens._id, 'first', 'second', 'elsewhere']
      const found = await Promise.all(ids.map((id) => ports.tokens.findByHash(id)))
      expect(found).toEqual([bens, null, second, elsewhere])
    }),
  ],
  delete: [
    promise('removes one, or none', async (ports) => {
      await add(ports)
      await ports.tokens.delete(change._id)
      await ports.tokens.delete('unknown')
      expect(await left(ports)).toEqual([verify, bens])
    }),
  ],
  deleteByUser: [
    promise('removes those of one user', async (ports) => {
      await add(ports)
      await ports.tokens.deleteByUser(ANN)
      expect(await left(ports)).toEqual([bens])
    }),
  ],
}
