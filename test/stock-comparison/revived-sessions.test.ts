// express-session saves a session at the end of each request, and connect-mongo saves by upsert: an ended session revives.
import { expect, test } from 'vitest'
import { postEarly } from '../testkit/http/early.ts'
import { type ComparedService, provideComparison } from '../testkit/stock/comparison.ts'

const comparison = provideComparison()

const countSessions = ({ sessions }: ComparedService) => comparison().service.db.collection(sessions).countDocuments()

/** A request is about to write to its session; the user logs out; the write goes through. */
async function logOutWhileARequestWrites(compared: ComparedService) {
  const ada = compared.openBrowser()
  await compared.logIn(ada)
  const thief = ada.clone()
  const before = await countSessions(compared)
  const gate = comparison().service.proxy.hold({ command: 'update', collection: compared.sessions })
  const writing = compared.writeToSession(thief)
  await gate.reached
  const logout = await compared.logOut(ada)
  gate.release()
  const written = await writing
  return {
    logout: logout.status,
    written: written.status,
    thief: await compared.getSignedInEmail(thief),
    gone: before - (await countSessions(compared)),
  }
}

/** The user logs out as soon as the login's headers are there, before whatever the login may still write. */
async function logOutOnTheHeadersOfALogin(compared: ComparedService) {
  const later = comparison().service.proxy.hold({
    ...{ command: 'update', collection: compared.sessions, nth: 2 },
    where: ({ updates }) => updates[0].upsert === true,
  })
  const { path, body } = compared.loginRequest
  const early = await postEarly(compared.url + path, body)
  const ada = compared.openBrowser()
  ada.setCookie(/^sid=([^;]+)/m.exec(early.setCookie.join('\n'))?.[1] ?? '')
  const signedIn = await compared.getSignedInEmail(ada)
  const thief = ada.clone()
  await compared.logOut(ada)
  later.release()
  await early.rest
  return { signedIn, thief: await compared.getSignedInEmail(thief) }
}

test('a request that outlives a logout revives the session on stock', async () => {
  expect(await logOutWhileARequestWrites(comparison().stock)).toMatchObject({ thief: comparison().email, gone: 0 })
})

test('a request that outlives a logout revives nothing on Gatehouse, and leaves no document', async () => {
  expect(await logOutWhileARequestWrites(comparison().gatehouse)).toEqual({
    logout: 200,
    written: 200,
    thief: null,
    gone: 1,
  })
})

test('a logout sent on the headers of the login is undone by the second of two saves on stock', async () => {
  expect(await logOutOnTheHeadersOfALogin(comparison().stock)).toEqual({
    signedIn: comparison().email,
    thief: comparison().email,
  })
})

test('a logout sent on the headers of the login holds on Gatehouse, which writes a session at its login only', async () => {
  comparison().service.proxy.clear()
  expect(await logOutOnTheHeadersOfALogin(comparison().gatehouse)).toEqual({
    signedIn: comparison().email,
    thief: null,
  })
  const writes = comparison().service.proxy.commands.filter(
    ({ command, collection }) => collection === 'sessions' && command !== 'find',
  )
  expect(writes.map(({ command }) => command)).toEqual(['update', 'update', 'delete'])
})
