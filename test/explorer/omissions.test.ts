import { expect, test } from 'vitest'
import type { Sessions } from '../../src/domain/sessions.ts'
import type { SessionRecord } from '../../src/model.ts'
import type { Memory } from './memory.ts'
import { faultWithout, inSessions, inUsers } from './omission.ts'

// The explorer must find a fault wherever a part of the law of sessions is left out.

const generationNow = (memory: Memory, userId: string, otherwise: string) =>
  memory.users.get(userId)?.generation ?? otherwise

test('Where sessions are taken whatever their generation, one outlives a changed password', async () => {
  const omission = inSessions(({ byId }, memory) => ({
    async byId(id) {
      const found = await byId(id)
      if (!found || found === 'unreadable') return found
      return { ...found, generation: generationNow(memory, found.userId, found.generation) }
    },
  }))
  const { what } = await faultWithout(omission, ['changePassword', 'fresh login'])
  expect(what).toBe('the cookie "other" outlives changePassword (A, by own)')
})

test('Where a login commits whatever the generation, its cookie is dead on arrival', async () => {
  const omission = inUsers(({ change }, memory) => ({
    change: (guard, fields) =>
      change({ ...guard, generation: generationNow(memory, guard.id, guard.generation) }, fields),
  }))
  const { what } = await faultWithout(omission, ['resetPassword', 'fresh login'])
  expect(what).toBe('fresh login (B, by nobody) sets a cookie that is dead')
})

test('Without the second look, a session that was signed out changes the password', async () => {
  const omission = { sessions: (sessions: Sessions) => ({ ...sessions, lookAgain: async () => {} }) }
  const { what } = await faultWithout(omission, ['changePassword', 'logout'])
  expect(what).toBe('the session that changePassword (A, by own) made outlives logout (B, by own)')
})

test('Without the tombstone, a renewed session outlives the logout that came with its old cookie', async () => {
  const omission = inSessions(({ entomb, removeById }) => ({
    entomb: async (id, generation, tomb) => (await entomb(id, generation, tomb)) && (await removeById(id)) > 0,
  }))
  const { what } = await faultWithout(omission, ['reauthenticate', 'logout'])
  expect(what).toBe('the session that reauthenticate (A, by own) made outlives logout (B, by own)')
})

test('Where a session is deleted by its own id and not by its handle, one that was renewed beside it lives on', async () => {
  const ofCookie = ({ id }: SessionRecord) => !id.startsWith('new ')
  const omission = inSessions(({ removeById }, memory) => ({
    async removeByHandle(userId, handle) {
      const found = [...memory.sessions.values()].find(
        (one) => one.userId === userId && one.handle === handle && ofCookie(one),
      )
      return found ? removeById(found.id) : 0
    },
  }))
  const { what } = await faultWithout(omission, ['reauthenticate', 'logout'])
  expect(what).toBe('the session that reauthenticate (A, by own) made outlives logout (B, by own)')
})

test('Where reauthenticate does not commit on its old session, it brings back what was signed out', async () => {
  const omission = inSessions(({ entomb }) => ({
    async entomb(id, generation, tomb) {
      await entomb(id, generation, tomb)
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
  const omission = { sessions: (sessions: Sessions) => ({ ...sessions, lookAgain: async () => {} }) }
  const { steps } = await faultWithout(omission, ['changePassword', 'logout'])
  const places = ['A: sessions.byId', 'B: sessions.removeByHandle', 'A: users.changeAndSpendTokens', 'A: answer'].map(
    (step) => steps.indexOf(step),
  )
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(places[0]).toBe(0)
  expect(steps.filter((step) => step.endsWith('crashes')).length).toBeLessThan(2)
})
