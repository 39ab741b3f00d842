import { expect, onTestFinished, test, vi } from 'vitest'
import { requestEmailVerification, requestPasswordReset, type Told, verifyEmail } from '../testkit/account.ts'
import type { Answer, Browser } from '../testkit/browser.ts'
import { createTestDatabase } from '../testkit/database.ts'
import { ownService } from '../testkit/lend.ts'
import { logIn, PASSWORD, signUp } from '../testkit/people.ts'
import { startProxy } from '../testkit/proxy.ts'
import { queueEmpty } from '../testkit/queue.ts'
import { startMailServer } from '../testkit/smtp.ts'
import { disableUser, idOf, newcomer } from '../testkit/staff.ts'

/**
 * A service whose commands can be counted, with a verified, an unverified and a disabled user. Its mail worker is kept
 * busy by a slow mail server, so that every command is one of a request.
 */
async function serviceSeenThrough(emailVerification: 'optional' | 'required') {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const proxy = await startProxy(database.uri)
  onTestFinished(() => proxy.close())
  const server = await startMailServer()
  const service = await ownService({
    databaseUri: proxy.uri,
    settings: {
      EMAIL_VERIFICATION: emailVerification,
      SMTP_URL: `smtp://127.0.0.1:${server.port}`,
      MAIL_FROM: 'no-reply@example.com',
    },
  })
  onTestFinished(server.holdMails())
  for (const email of ['verified@example.com', 'unverify@example.com', 'disabled@example.com']) {
    await signUp(service.browser(), email)
  }
  await vi.waitFor(() => expect(server.connections).toBe(1))
  const users = database.db.collection('users')
  const verified = { emailVerified: true }
  await users.updateOne({ emailCanonical: 'verified@example.com' }, { $set: verified })
  await users.updateOne({ emailCanonical: 'disabled@example.com' }, { $set: { ...verified, disabledAt: new Date() } })
  return { service, proxy, mails: database.db.collection('mails') }
}

type Seen = Awaited<ReturnType<typeof serviceSeenThrough>>

/** What a stranger sees of an answer, with the address and what differs by chance taken out. */
function visible({ status, headers, text, setCookie }: Answer, email: string) {
  const { date, 'x-request-id': requestId, ...rest } = headers
  expect([date, requestId].every(Boolean)).toBe(true)
  return { status, headers: rest, text: text.replaceAll(email, 'x'.repeat(email.length)), setCookie }
}

/** The commands that one request sends, by name. */
async function commandsOf({ proxy }: Seen, request: () => Promise<unknown>): Promise<string[]> {
  proxy.clear()
  await request()
  return proxy.commands.map(({ command, collection }) => `${command} ${collection}`)
}

async function expectOneAnswer(seen: Seen, emails: string[], ask: (who: Browser, email: string) => Promise<Answer>) {
  const results = []
  for (const email of emails) {
    let answer: Answer | undefined
    const commands = await commandsOf(seen, async () => {
      answer = await ask(seen.service.browser(), email)
    })
    results.push({ ...visible(answer as Answer, email), commands })
  }
  for (const result of results) expect(result).toEqual(results[0])
  return results[0]
}

const answerOf = async (told: Promise<Told>) => (await told).answer
// All of one length, as the length of an answer holds that of the address.
const KNOWN_AND_UNKNOWN = ['verified@example.com', 'disabled@example.com', 'whosthat@example.com']

test.each(['optional', 'required'] as const)(
  'B-06, B-07: a reset and a verification answer alike for known and unknown addresses, with the same commands (%s)',
  async (setting) => {
    const seen = await serviceSeenThrough(setting)
    const reset = await expectOneAnswer(seen, KNOWN_AND_UNKNOWN, (who, email) =>
      answerOf(requestPasswordReset(who, email)),
    )
    expect(reset?.commands).toContain('insert mails')
    expect(reset?.commands.join()).not.toMatch(/users|tokens|sessions/)
    const again = await expectOneAnswer(seen, KNOWN_AND_UNKNOWN, (who, email) =>
      answerOf(requestEmailVerification(who, email)),
    )
    expect(again?.commands.join()).not.toMatch(/users|tokens|sessions/)
  },
)

test('B-07: with a verified email required, a sign-up answers alike for new, unverified and verified addresses', async () => {
  const seen = await serviceSeenThrough('required')
  const emails = ['verified@example.com', 'unverify@example.com', 'disabled@example.com', 'whosthat@example.com']
  const answer = await expectOneAnswer(seen, emails, (who, email) => signUp(who, email))
  expect(answer?.text).toContain('MailRequested')
  expect(answer?.commands).toContain('insert users')
  expect(answer?.setCookie).toEqual([])
  expect(await seen.mails.countDocuments({ kind: 'signup' })).toBe(7)
})

test('B-05: an unknown email, a wrong password and a disabled user get one answer, and cost the same reads', async () => {
  const seen = await serviceSeenThrough('optional')
  const wrong = await expectOneAnswer(seen, KNOWN_AND_UNKNOWN, (who, email) =>
    logIn(who, email, 'not the password at all'),
  )
  expect(wrong?.text).toContain('InvalidCredentials')
  const disabled = await expectOneAnswer(seen, ['disabled@example.com', 'whosthat@example.com'], (who, email) =>
    logIn(who, email, PASSWORD),
  )
  expect(disabled).toEqual(wrong)
})

test('B-05: with a verified email required, only the right password learns that an address is not verified', async () => {
  const { service } = await serviceSeenThrough('required')
  const login = async (password: string) =>
    (await logIn(service.browser(), 'unverify@example.com', password)).body.data?.login?.__typename
  expect(await login('not the password at all')).toBe('InvalidCredentials')
  expect(await login(PASSWORD)).toBe('EmailNotVerified')
})

test('B-07: with a verified email optional, a sign-up says that an address is taken, whatever its case', async () => {
  const { service } = await serviceSeenThrough('optional')
  const answer = await signUp(service.browser(), ' Verified@EXAMPLE.com ')
  expect(answer.body.data?.signup).toMatchObject({ __typename: 'EmailTaken' })
  expect(answer.setCookie).toEqual([])
})

test('C-29: a user who was disabled while their mail was on its way gets none, and their token is dead', async () => {
  const service = await ownService()
  await newcomer(service, 'ada@example.com')
  const { token } = await service.mailTo('ada@example.com')
  const admin = await newcomer(service, 'admin@example.com', ['ADMIN'])
  await disableUser(admin, await idOf(service, 'ada@example.com'))
  await requestPasswordReset(service.browser(), 'ada@example.com')
  await queueEmpty(service)
  const sent = service.log.filter(({ event }) => event === 'mail.sent').map(({ kind }) => kind)
  expect(sent).toEqual(['verifyEmail', 'verifyEmail'])
  expect((await verifyEmail(service.browser(), token)).kind).toBe('InvalidToken')
})
