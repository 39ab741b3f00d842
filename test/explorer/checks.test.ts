import { expect, test } from 'vitest'
import { faultWithout, inMails, inSessions, inStore, inUsers } from './omission.ts'
import type { Omission } from './play.ts'

// Each check of the explorer finds what it is there for: a check that cannot fail would be worth nothing.

test('A cookie that is dead on arrival is found', async () => {
  const omission = inStore(({ create }) => ({
    create: (record, expires) => create({ ...record, generation: 'another' }, expires),
  }))
  const { what } = await faultWithout(omission, ['fresh login', 'updateProfile'])
  expect(what).toBe('fresh login (A, by nobody) sets a cookie that is dead')
})

test('Somebody who is signed out though nothing ended their session is found', async () => {
  const omission = inSessions(({ deleteByUser }) => ({ deleteByHandle: (userId) => deleteByUser(userId) }))
  const { what } = await faultWithout(omission, ['logout', 'updateProfile'])
  expect(what).toBe('the cookie "other" is dead though nothing ended it')
})

test('An ending that ends nothing is found', async () => {
  const omission = inSessions(() => ({ deleteByHandle: async () => 1 }))
  const { what } = await faultWithout(omission, ['logout', 'updateProfile'])
  expect(what).toBe('the cookie "own" outlives logout (A, by own)')
})

test('A cookie that a refused request touches is found', async () => {
  const omission: Omission = {
    auth({ cookie }) {
      const { rollBack } = cookie
      cookie.rollBack = async () => {
        await rollBack()
        cookie.clear()
      }
    },
  }
  const { what } = await faultWithout(omission, ['login', 'resetPassword'])
  expect(what).toBe('login (A, by own) was refused and touches the cookie')
})

test('A cookie that is cleared though its session goes on is found', async () => {
  const omission: Omission = {
    auth(auth) {
      auth.setViewer = () => auth.cookie.clear()
    },
  }
  const { what } = await faultWithout(omission, ['updateProfile', 'verifyEmail'])
  expect(what).toBe('updateProfile (A, by own) clears the cookie of a session that goes on')
})

test('What a refused request leaves is found', async () => {
  const session = inStore(() => ({ delete: async () => {} }))
  expect((await faultWithout(session, ['fresh signup', 'fresh signup'])).what).toBe(
    'fresh signup (B, by nobody) was refused and leaves a session',
  )
  const mail = inMails(() => ({ delete: async () => {} }))
  expect((await faultWithout(mail, ['fresh signup', 'fresh signup'])).what).toBe(
    'fresh signup (B, by nobody) was refused and leaves a mail',
  )
})

test('What is done for a session that has ended is found', async () => {
  const omission = inUsers(({ updateById }) => ({ update: ({ id }, change) => updateById(id, change) }))
  const { what } = await faultWithout(omission, ['updateProfile', 'resetPassword'])
  expect(what).toBe('updateProfile (A, by own) acts for a session that resetPassword (B, by nobody) has ended')
})

test('A fifty-first session is found', async () => {
  const { what } = await faultWithout(
    inSessions(() => ({ trim: async () => {} })),
    ['fresh login', 'fresh login'],
    { crowd: 48 },
  )
  expect(what).toBe('the owner has 52 sessions')
})

test('A token that stays after its use is found', async () => {
  const omission = inUsers(({ spendToken, findById }, memory) => ({
    async spendToken(id, purpose, hash, change) {
      const before = await spendToken(id, purpose, hash, change)
      const user = await findById(id)
      if (user) memory.users = new Map(memory.users).set(id, { ...user, tokens: { [purpose]: hash } })
      return before
    },
  }))
  const { what } = await faultWithout(omission, ['confirm changeEmail', 'fresh login'])
  expect(what).toBe('the token of confirm changeEmail (A, by nobody) can be used again')
})

test('A token that outlives the password it was to replace is found', async () => {
  const omission = inUsers(({ update }) => ({ updateAndSpendTokens: update }))
  const { what } = await faultWithout(omission, ['changePassword', 'resetPassword'])
  expect(what).toBe('resetPassword (B, by nobody) spends a token that changePassword (A, by own) has ended')
})

test('A reset that was sent to an old address and still works is found', async () => {
  const omission = inUsers(({ spendToken }, memory) => ({
    async spendToken(id, purpose, hash, change) {
      const before = await spendToken(id, purpose, hash, change)
      const user = memory.users.get(id)
      const tokens = before && before !== 'duplicate' ? { resetPassword: before.tokens.resetPassword ?? '' } : {}
      if (user) memory.users = new Map(memory.users).set(id, { ...user, tokens })
      return before
    },
  }))
  const { what } = await faultWithout(omission, ['confirm changeEmail', 'fresh login'])
  expect(what).toBe('a reset sent to an old address is live')
})

test('A token that another one has replaced and still works is found', async () => {
  const omission = inUsers(({ setToken }, memory) => ({
    async setToken(expected, purpose, hash) {
      const before = memory.users.get(expected.id)
      const done = await setToken(expected, purpose, hash)
      if (before) memory.users = new Map(memory.users).set(expected.id, before)
      return done
    },
  }))
  const { what } = await faultWithout(omission, ['the mail worker', 'resetPassword'])
  expect(what).toBe('resetPassword (B, by nobody) spends a token that the mail worker (A, by nobody) has replaced')
})

test('A user who was acknowledged and is not there is found', async () => {
  const omission = inUsers(() => ({ insert: async () => true }))
  const { what } = await faultWithout(omission, ['signup (to be verified)', 'logout'])
  expect(what).toBe('signup (to be verified) (A, by nobody) was acknowledged and there is no user')
})

test('A user without a password is found', async () => {
  const omission = inUsers(({ insert }) => ({ insert: (user) => insert({ ...user, passwordHash: '' }) }))
  const { what } = await faultWithout(omission, ['fresh signup', 'logout'])
  expect(what).toBe('the user new user of A is half made')
})

test('Two users with one address are found', async () => {
  const omission = inUsers((_users, memory) => ({
    async insert(user) {
      memory.users = new Map(memory.users).set(user.id, user)
      return true
    },
  }))
  const { what } = await faultWithout(omission, ['fresh signup', 'fresh signup'])
  expect(what).toBe('two users have one address')
})

test('An acknowledged change that is not there is found', async () => {
  const omission = inUsers(() => ({ update: async () => true }))
  const { what } = await faultWithout(omission, ['updateProfile', 'fresh login'])
  expect(what).toBe('firstName of owner is "First" and not "Profile"')
})

test('A change that another one has undone is found', async () => {
  const omission = inUsers(({ updateById }, memory) => ({
    update: async ({ id }, change) => updateById(id, { ...memory.users.get(id), firstName: 'First', ...change }),
  }))
  const { what } = await faultWithout(omission, ['updateProfile', 'fresh login'])
  expect(what).toBe('firstName of owner is "First" and not "Profile"')
})

test('A service without an ADMIN is found', async () => {
  const omission = inUsers(() => ({ hasOtherAdmin: async () => true }))
  const { what } = await faultWithout(omission, ['disableUser (chief)', 'disableUser (owner)'], { roles: ['ADMIN'] })
  expect(what).toBe('no enabled ADMIN is left')
})

test('A user who was deleted and is there is found', async () => {
  const omission = inUsers(() => ({ delete: async () => true }))
  const { what } = await faultWithout(omission, ['deleteAccount', 'updateProfile'])
  expect(what).toBe('deleteAccount (A, by own) was acknowledged and the user is there')
})

test('What a deleted user leaves is found', async () => {
  const omission = inSessions(() => ({ deleteByUser: async () => 0 }))
  const { what } = await faultWithout(omission, ['deleteAccount', 'fresh login'])
  expect(what).toBe('a deleted user leaves 2 sessions, 0 tokens, 0 mails')
})
