// OWASP ASVS 5.0, 6.5: guesses at the second step are bounded for the user, and a recovery code works once.
import { expect, test } from 'vitest'
import {
  completeLogin,
  createUserWithApp,
  logInWithApp,
  makeCode,
  queryFactors,
  replaceRecoveryCodes,
  STEP_MS,
  startLogin,
} from '../testkit/factors.ts'
import { provideService, startOwnService } from '../testkit/fixtures.ts'
import { createUser } from '../testkit/users.ts'
import { waitUntil } from '../testkit/wait.ts'

const service = provideService()
const MINUTES = 60_000

const readUser = async (email: string) => service().db.collection('users').findOne({ emailCanonical: email })

test('of parallel logins with one code one succeeds', async () => {
  const user = await createUserWithApp(service())
  const proof = { code: makeCode(service(), user.secret) }
  const browsers = [service().openBrowser(), service().openBrowser(), service().openBrowser()]
  const challenges = await Promise.all(browsers.map((browser) => startLogin(browser, { email: user.email })))
  const done = await Promise.all(
    browsers.map((browser, index) => completeLogin(browser, { challenge: challenges[index]?.data?.challenge, proof })),
  )
  expect(done.filter(({ kind }) => kind === 'LoginSuccess').length).toBe(1)
})

test('a recovery code works once, however it is typed, and a mail tells the owner', async () => {
  const user = await createUserWithApp(service())
  await service().waitForMail(user.email)
  const [first = '', second = ''] = user.recoveryCodes
  const attempt = async (code: string) => {
    const browser = service().openBrowser()
    const { data } = await startLogin(browser, { email: user.email })
    return (await completeLogin(browser, { challenge: data?.challenge, proof: { code } })).kind
  }
  expect(await attempt(first.toLowerCase().replaceAll('-', ' ').replaceAll('o', '0'))).toBe('LoginSuccess')
  expect(await attempt(first)).toBe('InvalidFactor')
  expect(await attempt(second.replaceAll('-', ''))).toBe('LoginSuccess')
  const mail = await service().waitForMail(user.email)
  expect([mail.subject, mail.text.includes('9 left')]).toEqual(['A recovery code was used', true])
  expect((await queryFactors(user.browser)).data?.recoveryCodesLeft).toBe(8)
})

test('new recovery codes void the old ones; without a second factor there are none', async () => {
  const plain = await createUser(service())
  expect((await replaceRecoveryCodes(plain.browser)).kind).toBe('NoSecondFactor')
  const user = await createUserWithApp(service())
  const { data } = await replaceRecoveryCodes(user.browser)
  expect(data?.codes).toHaveLength(10)
  const browser = service().openBrowser()
  const { data: login } = await startLogin(browser, { email: user.email })
  const use = (code: unknown) => completeLogin(browser, { challenge: login?.challenge, proof: { code } })
  expect((await use(user.recoveryCodes[0])).kind).toBe('InvalidFactor')
  const [first] = Object.values(data?.codes ?? {})
  expect((await use(first)).kind).toBe('LoginSuccess')
})

test('a challenge is good for five minutes, five tries and its own generation; a user has three', async () => {
  const user = await createUserWithApp(service())
  const browser = service().openBrowser()
  const start = async () => (await startLogin(browser, { email: user.email })).data?.challenge
  const finish = (challenge: unknown, code = makeCode(service(), user.secret)) =>
    completeLogin(browser, { challenge, proof: { code } })
  for (const unknown of ['', 'x', 'A'.repeat(43)]) expect((await finish(unknown)).kind).toBe('InvalidToken')

  const expired = await start()
  service().clock.advance(5 * MINUTES)
  expect((await finish(expired)).kind).toBe('InvalidToken')

  const spent = await start()
  for (let tries = 0; tries < 4; tries += 1) expect((await finish(spent, '000000')).kind).toBe('InvalidFactor')
  expect((await finish(spent, 'wrong')).kind).toBe('InvalidFactor')
  service().clock.advance(STEP_MS)
  expect((await finish(spent)).kind).toBe('InvalidToken')

  const oldest = await start()
  for (let others = 0; others < 3; others += 1) {
    service().clock.advance(1)
    await start()
  }
  expect((await finish(oldest)).kind).toBe('InvalidToken')

  const ended = await start()
  await user.browser.gql('mutation { revokeAllSessions { count } }')
  expect((await finish(ended)).kind).toBe('InvalidToken')
})

test('guesses are bounded for the user, whatever the challenge, and a completed login forgets them', async () => {
  const user = await createUserWithApp(service())
  const attempt = async (code: string) => {
    const browser = service().openBrowser()
    const { data } = await startLogin(browser, { email: user.email })
    return completeLogin(browser, { challenge: data?.challenge, proof: { code } })
  }
  const challenges = []
  for (let started = 0; started < 3; started += 1) {
    const { data } = await startLogin(service().openBrowser(), { email: user.email })
    challenges.push(data?.challenge, data?.challenge, data?.challenge, data?.challenge)
  }
  const tries = challenges.map((challenge) =>
    completeLogin(service().openBrowser(), { challenge, proof: { code: '000000' } }),
  )
  const kinds = (await Promise.all(tries)).map(({ kind }) => kind)
  expect(kinds.sort()).toEqual([...Array(5).fill('InvalidFactor'), ...Array(7).fill('RATE_LIMITED')])
  expect((await readUser(user.email))?.factorFailures).toBe(5)
  const refused = await attempt(makeCode(service(), user.secret))
  expect([refused.kind, refused.body.errors?.[0]?.extensions?.retryAfter]).toEqual(['RATE_LIMITED', 1])
  service().clock.advance(STEP_MS)
  expect((await attempt(makeCode(service(), user.secret))).kind).toBe('LoginSuccess')
  expect((await readUser(user.email))?.factorFailures).toBe(0)
})

test('after a hundred failures the authenticator app is closed, and a recovery code opens it again', async () => {
  const user = await createUserWithApp(service())
  await service()
    .db.collection('users')
    .updateOne({ emailCanonical: user.email }, { $set: { factorFailures: 100 } })
  const browser = service().openBrowser()
  const { data } = await startLogin(browser, { email: user.email })
  expect(data?.methods).toEqual(['RECOVERY_CODE'])
  const use = (code: string | undefined) => completeLogin(browser, { challenge: data?.challenge, proof: { code } })
  expect((await use(makeCode(service(), user.secret))).kind).toBe('InvalidFactor')
  service().clock.advance(20 * MINUTES)
  const again = service().openBrowser()
  const { data: next } = await startLogin(again, { email: user.email })
  const recovered = await completeLogin(again, { challenge: next?.challenge, proof: { code: user.recoveryCodes[0] } })
  expect(recovered.kind).toBe('LoginSuccess')
  expect((await logInWithApp(service(), user)).result.kind).toBe('LoginSuccess')
})

test('a wrong second factor is told to the owner when its challenge has ended, once a day', async () => {
  const own = await startOwnService()
  const user = await createUserWithApp(own)
  await own.waitForMail(user.email)
  const failOnce = async () => {
    const { data } = await startLogin(own.openBrowser(), { email: user.email })
    await completeLogin(own.openBrowser(), { challenge: data?.challenge, proof: { code: '000000' } })
    own.clock.advance(6 * MINUTES)
  }
  await failOnce()
  expect((await own.waitForMail(user.email)).subject).toBe('Someone knows your password')
  await failOnce()
  await logInWithApp(own, user)
  await waitUntil(async () => expect(await own.db.collection('mails').countDocuments()).toBe(0))
  const alerts = own.log.filter(({ file }) => String(file).includes('factorFailed'))
  expect(alerts.length).toBe(1)
  expect(own.log.filter(({ event }) => event === 'login.factor-failed').length).toBe(2)
})
