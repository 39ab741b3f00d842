import { expect } from 'vitest'
import type { Ports } from '../ports.ts'
import { ago, NOW } from '../world.ts'
import {
  add,
  addDemoted,
  admin,
  ann,
  ben,
  both,
  demoted,
  ending,
  refused,
  taken,
  takenAccess,
  wrong,
} from './ann-and-ben.ts'
import { ANN, type Cases, promise } from './kit.ts'

type Demotion = 'demote' | 'confirmDemotion' | 'undoDemotion' | 'findOldestDemotion'

/** The steps by which a role is taken from one ADMIN of several, and given back. */
export const demotionCases: Pick<Cases<Ports['users']>, Demotion> = {
  demote: [
    promise('keeps what it takes', async (ports) => {
      await add(ports, admin)
      expect(await ports.users.demote(admin, { roles: [] }, taken)).toBe(true)
      expect(await both(ports)).toEqual([{ ...admin, roles: [], pendingDemotion: taken }, ben])
    }),
    promise('spends all tokens with a generation', async (ports) => {
      await add(ports, admin)
      expect(await ports.users.demote(admin, { ...ending, disabledAt: NOW }, taken)).toBe(true)
      const after = { ...admin, ...ending, disabledAt: NOW, tokens: {}, pendingDemotion: taken }
      expect(await both(ports)).toEqual([after, ben])
    }),
    refused('refuses who is no ADMIN', ann, (users) => users.demote(ann, { roles: [] }, taken), false),
    refused('refuses another generation', admin, (users) => users.demote(wrong, { roles: [] }, taken), false),
  ],
  confirmDemotion: [
    promise('forgets what was taken', async (ports) => {
      await addDemoted(ports)
      expect(await ports.users.confirmDemotion(ANN, ago(1))).toBe(false)
      expect(await ports.users.confirmDemotion(ANN, NOW)).toBe(true)
      expect(await both(ports)).toEqual([{ ...demoted, pendingDemotion: null }, ben])
    }),
  ],
  undoDemotion: [
    promise('gives back what was taken', async (ports) => {
      await addDemoted(ports)
      expect(await ports.users.undoDemotion(ANN, { ...taken, at: ago(1) })).toBe(false)
      expect(await ports.users.undoDemotion(ANN, taken)).toBe(true)
      expect(await both(ports)).toEqual([admin, ben])
    }),
    promise('gives back the sessions and tokens that disabling took', async (ports) => {
      await add(ports, admin)
      await ports.users.demote(admin, { ...ending, disabledAt: NOW }, takenAccess)
      expect(await ports.users.undoDemotion(ANN, takenAccess)).toBe(true)
      expect(await both(ports)).toEqual([admin, ben])
    }),
    promise('gives back no sessions that something else has ended since', async (ports) => {
      await add(ports, admin)
      await ports.users.demote(admin, { ...ending, disabledAt: NOW }, takenAccess)
      await ports.users.updateById(ANN, { generation: 'later' })
      expect(await ports.users.undoDemotion(ANN, takenAccess)).toBe(true)
      expect(await both(ports)).toEqual([{ ...admin, ...ending, generation: 'later', tokens: {} }, ben])
    }),
  ],
  findOldestDemotion: [
    promise('finds the oldest, or nobody', async (ports) => {
      await add(ports)
      expect(await ports.users.findOldestDemotion()).toBeNull()
      await ports.users.updateById(ANN, { roles: ['ADMIN'] })
      await ports.users.demote(ben, { roles: [] }, { ...taken, at: NOW })
      await ports.users.demote(admin, { roles: [] }, { ...taken, at: ago(1) })
      expect((await ports.users.findOldestDemotion())?.id).toBe(ANN)
    }),
  ],
}
