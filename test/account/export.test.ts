import { expect, test } from 'vitest'
import type { Answer } from '../testkit/browser.ts'
import { disableUser, logOut, reauthenticate, signUp } from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'
import { createUser, findUserId, openSignedInBrowser } from '../testkit/users.ts'

const service = provideService()
const SECOND = 1000

interface Export {
  user: Record<string, unknown>
  sessions: Record<string, unknown>[]
}

const readCode = ({ status, body }: Answer) => [
  status,
  (body as { errors: { extensions: { code: string } }[] }).errors[0]?.extensions.code,
]

test('a signed-in user gets their own data as a JSON download', async () => {
  const ada = service().openBrowser({ headers: { 'User-Agent': 'curl/8.5.0' } })
  await signUp(ada, { email: 'ada@example.com', firstName: 'Ada' })
  await openSignedInBrowser(service(), { email: 'ada@example.com' })
  await createUser(service(), { email: 'grace@example.com' })
  const answer = await ada.get('/account/export')
  expect(answer.status).toBe(200)
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
  expect(answer.headers['content-disposition']).toBe('attachment; filename=account.json')
  expect(answer.headers['cache-control']).toBe('no-store')
  const { user, sessions } = answer.body as Export
  expect(user).toMatchObject({
    id: await findUserId(service(), 'ada@example.com'),
    email: 'ada@example.com',
    emailVerified: false,
    firstName: 'Ada',
    lastName: null,
    roles: [],
    createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
  })
  expect(sessions).toHaveLength(2)
  expect(sessions.find(({ current }) => current)).toMatchObject({
    device: { userAgent: 'curl/8.5.0', address: '127.0.0.0' },
  })
  expect(answer.text).not.toContain('grace')
})

test('an export holds no hash, no token, no generation and no cookie', async () => {
  const { browser: bea } = await createUser(service(), { email: 'bea@example.com' })
  await service().waitForMail('bea@example.com')
  const { text } = await bea.get('/account/export')
  const stored = await service().db.collection('users').findOne({ emailCanonical: 'bea@example.com' })
  const session = await service().db.collection('sessions').findOne({ 'session.userId': stored?._id.toHexString() })
  for (const secret of [stored?.passwordHash, stored?.generation, stored?.tokens.verifyEmail, session?._id]) {
    expect(typeof secret).toBe('string')
    expect(text).not.toContain(secret)
  }
  expect(text).not.toContain('argon2')
})

test('an export without a session is 401 in JSON, also when the session has ended or the user is disabled', async () => {
  const stranger = service().openBrowser()
  expect(readCode(await stranger.get('/account/export'))).toEqual([401, 'UNAUTHENTICATED'])
  const { browser: cid } = await createUser(service(), { email: 'cid@example.com' })
  const cookie = cid.cookie ?? ''
  await logOut(cid)
  cid.setCookie(cookie)
  expect(readCode(await cid.get('/account/export'))).toEqual([401, 'UNAUTHENTICATED'])
  const { browser: dot } = await createUser(service(), { email: 'dot@example.com' })
  const { browser: admin } = await createUser(service(), { email: 'admin@example.com', roles: ['ADMIN'] })
  await disableUser(admin, { id: await findUserId(service(), 'dot@example.com') })
  expect(readCode(await dot.get('/account/export'))).toEqual([401, 'UNAUTHENTICATED'])
})

test('an export needs authentication within the last 600 seconds, to the millisecond, and says so', async () => {
  const { browser: eve } = await createUser(service(), { email: 'eve@example.com' })
  service().clock.advance(600 * SECOND)
  expect((await eve.get('/account/export')).status).toBe(200)
  service().clock.advance(1)
  const refused = await eve.get('/account/export')
  expect(readCode(refused)).toEqual([403, 'REAUTHENTICATION_REQUIRED'])
  expect(refused.body).toMatchObject({ errors: [{ extensions: { maxAge: 600 } }] })
  expect(refused.headers['content-disposition']).toBeUndefined()
  await reauthenticate(eve)
  expect((await eve.get('/account/export')).status).toBe(200)
})

test('an export sets no cookie and is noted in the log', async () => {
  const { browser: fay } = await createUser(service(), { email: 'fay@example.com' })
  const answer = await fay.get('/account/export')
  expect(answer.setCookie).toEqual([])
  const userId = await findUserId(service(), 'fay@example.com')
  await service().waitForLog((line) => line.event === 'user.exported' && line.userId === userId)
})
