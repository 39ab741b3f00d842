import { expect, test } from 'vitest'
import type { SessionRecord } from '../../src/model.ts'
import { type Memory, withoutEntries } from './memory.ts'
import { faultWithout, inSessions, inStore, inUsers } from './omission.ts'
import { createWorld } from './world.ts'

// The explorer must find a fault wherever one of the session rules is left out.

/** Without the second read: a session counts as active as long as it was there at the beginning. */
const withoutSecondRead = inSessions(({ findById }) => ({
  async findById(id, now) {
    const session = createWorld({ name: '', roles: [], crowd: 0 }).sessions.get(id)
    return session ?? findById(id, now)
  },
}))

const generationNow = (memory: Memory, userId: string, otherwise: string) =>
  memory.users.get(userId)?.generation ?? otherwise

test('Where sessions are taken whatever their generation, one outlives a changed password', async () => {
  const omission = inStore(({ get }, memory) => ({
    async get(id) {
      const found = await get(id)
      return found && { ...found, generation: generationNow(memory, found.userId, found.generation) }
    },
  }))
  const { what } = await faultWithout(omission, ['changePassword', 'fresh login'])
  expect(what).toBe('the cookie "other" outlives changePassword (A, by own)')
})

test('Where a login commits whatever the generation, its cookie is dead on arrival', async () => {
  const omission = inUsers(({ update }, memory) => ({
    update: (expected, fields) =>
      update({ ...expected, generation: generationNow(memory, expected.id, expected.generation) }, fields),
  }))
  const { what } = await faultWithout(omission, ['resetPassword', 'fresh login'])
  expect(what).toBe('fresh login (B, by nobody) sets a cookie that is dead')
})

test('Without the second read, a session that was signed out changes the password', async () => {
  const { what } = await faultWithout(withoutSecondRead, ['changePassword', 'logout'])
  expect(what).toBe('changePassword (A, by own) acts for a session that logout (B, by own) has ended')
})

test('Without the mark of replacement, a rotated session outlives the logout that came with its old cookie', async () => {
  const omission = inSessions(({ replace }, memory) => ({
    async replace(id, generation, replacement) {
      const replaced = await replace(id, generation, replacement)
      if (replaced) memory.sessions = withoutEntries(memory.sessions, [id])
      return replaced
    },
  }))
  const { what } = await faultWithout(omission, ['reauthenticate', 'logout'])
  expect(what).toBe('the session that reauthenticate (A, by own) made outlives logout (B, by own)')
})

test('Where a session is deleted by its own id and not by its handle, one that was rotated beside it lives on', async () => {
  const ofCookie = ({ id }: SessionRecord) => !id.startsWith('new ')
  const omission = inSessions((_sessions, memory) => ({
    async deleteByHandle(userId, handle) {
      const found = [...memory.sessions.values()].find(
        (one) => one.userId === userId && one.handle === handle && ofCookie(one),
      )
      memory.sessions = withoutEntries(memory.sessions, found ? [found.id] : [])
      return found ? 1 : 0
    },
  }))
  const { what } = await faultWithout(omission, ['reauthenticate', 'logout'])
  expect(what).toBe('the session that reauthenticate (A, by own) made outlives logout (B, by own)')
})

test('Where reauthenticate does not commit on its old session, it brings back what was signed out', async () => {
  const omission = inSessions(({ replace }) => ({
    async replace(id, generation, replacement) {
      await replace(id, generation, replacement)
      return true
    },
  }))
  const { what } = await faultWithout(omission, ['reauthenticate', 'logout'])
  expect(what).toBe('the session that reauthenticate (A, by own) made outlives logout (B, by own)')
})

test('Where the user has no part in spending a token, two spend it', async () => {
  const omission = inUsers(({ spendToken }, memory) => ({
    spendToken(id, purpose, hash, change) {
      const user = memory.users.get(id)
      if (user) memory.users = new Map(memory.users).set(id, { ...user, tokens: { ...user.tokens, [purpose]: hash } })
      return spendToken(id, purpose, hash, change)
    },
  }))
  const { what } = await faultWithout(omission, ['resetPassword', 'resetPassword'])
  expect(what).toBe('resetPassword (A, by nobody) and resetPassword (B, by nobody) both spend one token')
})

test('A fault is told with its steps, in their order', async () => {
  const { steps } = await faultWithout(withoutSecondRead, ['changePassword', 'logout'])
  const places = ['A: store.get', 'B: sessions.deleteByHandle', 'A: users.updateAndSpendTokens', 'A: answer'].map(
    (step) => steps.indexOf(step),
  )
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(places[0]).toBe(0)
  expect(steps.filter((step) => step.endsWith('crashes')).length).toBeLessThan(2)
})
