// Traps 1 and 2: express-session writes a session whenever a request that had it ends, and connect-mongo's write is an upsert.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { postEarly } from '../testkit/early.ts'
import { type Stand, type Stands, startStands } from '../testkit/stands.ts'

let stands: Stands
beforeAll(async () => {
  stands = await startStands()
})
afterEach(() => stands.proxy.restore())
afterAll(() => stands.close())

const count = ({ sessions }: Stand) => stands.db.collection(sessions).countDocuments()

/** A request is about to write to its session; the user logs out; the write goes through. */
async function logOutWhileARequestWrites(stand: Stand) {
  const ada = stand.browser()
  await stand.logIn(ada)
  const thief = ada.clone()
  const before = await count(stand)
  const gate = stands.proxy.hold({ command: 'update', collection: stand.sessions })
  const writing = stand.write(thief)
  await gate.reached
  const logout = await stand.logOut(ada)
  gate.release()
  const written = await writing
  return {
    logout: logout.status,
    written: written.status,
    thief: await stand.who(thief),
    gone: before - (await count(stand)),
  }
}

/** The user logs out as soon as the login's headers are there, before whatever the login may still write. */
async function logOutOnTheHeadersOfALogin(stand: Stand) {
  const later = stands.proxy.hold({
    ...{ command: 'update', collection: stand.sessions, nth: 2 },
    where: ({ updates }) => updates[0].upsert === true,
  })
  const { path, body } = stand.loginRequest
  const early = await postEarly(stand.url + path, body)
  const ada = stand.browser()
  ada.setCookie(/^sid=([^;]+)/.exec(early.setCookie[0] ?? '')?.[1] ?? '')
  const known = await stand.who(ada)
  const thief = ada.clone()
  await stand.logOut(ada)
  later.release()
  await early.rest
  return { known, thief: await stand.who(thief) }
}

describe('C-20: a request that outlives a logout', () => {
  test('brings the session back to life on stock', async () => {
    expect(await logOutWhileARequestWrites(stands.stock)).toMatchObject({ thief: 'ada@example.com', gone: 0 })
  })

  test('does not on Gatehouse: the old cookie is nobody, and no document is left', async () => {
    expect(await logOutWhileARequestWrites(stands.gatehouse)).toEqual({
      logout: 200,
      written: 200,
      thief: null,
      gone: 1,
    })
  })
})

describe('C-21: a logout sent on the headers of the login', () => {
  test('is undone by the second of two saves on stock', async () => {
    expect(await logOutOnTheHeadersOfALogin(stands.stock)).toEqual({
      known: 'ada@example.com',
      thief: 'ada@example.com',
    })
  })

  test('holds on Gatehouse, which writes a session at its login only', async () => {
    stands.proxy.clear()
    expect(await logOutOnTheHeadersOfALogin(stands.gatehouse)).toEqual({ known: 'ada@example.com', thief: null })
    const writes = stands.proxy.commands.filter(
      ({ command, collection }) => collection === 'sessions' && command !== 'find',
    )
    expect(writes.map(({ command }) => command)).toEqual(['update', 'update', 'delete'])
  })
})
