import { expect } from 'vitest'
import type { LoginChallenge } from '../../../src/mongo/login-challenges.ts'
import type { Ports } from '../ports.ts'
import { NOW } from '../world.ts'
import { ANN, BEN, type Cases, promise } from './kit.ts'

const challenge = (_id: string, minutes: number, userId: string = ANN): LoginChallenge => ({
  ...{ _id, purpose: 'secondFactor', userId, generation: 'one', remembered: true, tries: 0, alert: null },
  expires: new Date(NOW.getTime() + minutes * 60_000),
})
const first = challenge('first', 5)

const add = ({ loginChallenges }: Ports) => loginChallenges.insert(first, 3)

export const challengeCases: Cases<Ports['loginChallenges']> = {
  insert: [
    promise('keeps the newest of a user, and those of others', async ({ loginChallenges }) => {
      for (const [id, minutes] of [
        ['a', 1],
        ['b', 2],
        ['c', 3],
        ['d', 4],
      ] as const)
        await loginChallenges.insert(challenge(id, minutes), 3)
      await loginChallenges.insert(challenge('bens', 1, BEN), 3)
      const found = await Promise.all(['a', 'b', 'c', 'd', 'bens'].map((id) => loginChallenges.find(id)))
      expect(found.map((one) => one?._id ?? null)).toEqual([null, 'b', 'c', 'd', 'bens'])
    }),
  ],
  find: [
    promise('gives it as it was added, and null for another', async (ports) => {
      await add(ports)
      expect(await ports.loginChallenges.find('first')).toEqual(first)
      expect(await ports.loginChallenges.find('other')).toBeNull()
    }),
  ],
  countTry: [
    promise('counts up to a number, and no further', async (ports) => {
      await add(ports)
      const counts: (number | null)[] = []
      for (let tries = 0; tries < 3; tries += 1) counts.push(await ports.loginChallenges.countTry('first', 2))
      expect(counts).toEqual([1, 2, null])
      expect(await ports.loginChallenges.countTry('other', 2)).toBeNull()
    }),
  ],
  setAlert: [
    promise('notes the mail, and does nothing for another', async (ports) => {
      await add(ports)
      await ports.loginChallenges.setAlert('first', 'mail')
      await ports.loginChallenges.setAlert('other', 'mail')
      expect(await ports.loginChallenges.find('first')).toEqual({ ...first, alert: 'mail' })
      expect(await ports.loginChallenges.find('other')).toBeNull()
    }),
  ],
  spend: [
    promise('gives it once', async (ports) => {
      await add(ports)
      expect(await ports.loginChallenges.spend('first')).toEqual(first)
      expect(await ports.loginChallenges.spend('first')).toBeNull()
      expect(await ports.loginChallenges.find('first')).toBeNull()
    }),
  ],
}
