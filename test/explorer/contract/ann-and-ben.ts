import { expect } from 'vitest'
import type { PendingDemotion, User } from '../../../src/model.ts'
import type { Ports } from '../ports.ts'
import { NOW, person } from '../world.ts'
import { ANN, BEN, promise } from './kit.ts'

export const ann: User = {
  ...person(ANN, 'ann@example.com', ['SUPPORT']),
  tokens: { verifyEmail: 'v', resetPassword: 'r' },
}
export const ben: User = person(BEN, 'ben@example.com', ['ADMIN'])
export const disabled = { ...ann, disabledAt: NOW }
export const ending = { generation: 'next', ended: { at: NOW, reason: 'REVOKED' } } as const
export const admin: User = { ...ann, roles: ['ADMIN'] }
/** What a demotion takes from Ann as an ADMIN. */
export const taken: PendingDemotion = { roles: admin.roles, access: null, at: NOW }
const { generation, ended, tokens } = admin
export const takenAccess: PendingDemotion = { ...taken, access: { generation, ended, tokens, replacedBy: 'next' } }
export const demoted: User = { ...admin, roles: [], pendingDemotion: taken }
export const named = { firstName: 'Annie' }
export const wrong = { ...ann, generation: 'another' }

/** The users as they are. */
export const both = async ({ users }: Ports) => [await users.findById(ANN), await users.findById(BEN)]

/** Adds both, as they are or as given. */
export async function add({ users }: Ports, one: User = ann, other: User = ben): Promise<void> {
  expect([await users.insert(one), await users.insert(other)]).toEqual([true, true])
}

/** Adds both, with Ann demoted. */
export async function addDemoted(ports: Ports): Promise<void> {
  await add(ports, admin)
  await ports.users.demote(admin, { roles: [] }, taken)
}

/** A write of Ann's document that is refused, and changes nothing. */
export const refused = (
  name: string,
  before: User,
  write: (users: Ports['users']) => Promise<unknown>,
  answer: unknown,
) =>
  promise(name, async (ports) => {
    await add(ports, before)
    expect(await write(ports.users)).toEqual(answer)
    expect(await both(ports)).toEqual([before, ben])
  })
