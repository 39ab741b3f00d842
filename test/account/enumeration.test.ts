// OWASP ASVS 5.0, 6.3.8: whether an email address is known cannot be told from an answer, its headers or its cost.
import { expect, onTestFinished, test } from 'vitest'
import type { Answer, Browser } from '../testkit/browser.ts'
import {
  disableUser,
  logIn,
  PASSWORD,
  requestEmailVerification,
  requestPasswordReset,
  signUp,
  verifyEmail,
} from '../testkit/client.ts'
import { createTestDatabase } from '../testkit/database.ts'
import { startOwnService } from '../testkit/fixtures.ts'
import { startMailServer } from '../testkit/mail/mail-server.ts'
import { waitForEmptyQueue } from '../testkit/mail/queue.ts'
import { startProxy } from '../testkit/mongo/proxy.ts'
import { createUser, findUserId } from '../testkit/users.ts'
import { waitUntil } from '../testkit/wait.ts'

/**
 * Starts a service whose commands can be counted, with a verified, an unverified and a disabled user. Its mail worker is kept
 * busy by a slow mail server, so that every command is one of a request.
 */
async function startCountedService(emailVerification: 'optional' | 'required') {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const proxy = await startProxy(database.uri)
  onTestFinished(() => proxy.close())
  const server = await startMailServer()
  const service = await startOwnService({
    databaseUri: proxy.uri,
    settings: {
      EMAIL_VERIFICATION: emailVerification,
      SMTP_URL: `smtp://127.0.0.1:${server.port}`,
      MAIL_FROM: 'no-reply@example.com',
    },
  })
  onTestFinished(server.holdMails())
  for (const email of ['verified@example.com', 'unverify@example.com', 'disabled@example.com']) {
    await signUp(service.openBrowser(), { email })
  }
  await waitUntil(() => expect(server.connections).toBe(1))
  const users = database.db.collection('users')
  const verified = { emailVerified: true }
  await users.updateOne({ emailCanonical: 'verified@example.com' }, { $set: verified })
  await users.updateOne({ emailCanonical: 'disabled@example.com' }, { $set: { ...verified, disabledAt: new Date() } })
  return { service, proxy, mails: database.db.collection('mails') }
}

type Seen = Awaited<ReturnType<typeof startCountedService>>

/** Picks what a stranger sees of an answer, without the address and what differs by chance. */
function pickVisible({ status, headers, text, setCookie }: Answer, email: string) {
  const { date, 'x-request-id': requestId, ...rest } = headers
  expect([date, requestId].every(Boolean)).toBe(true)
  return { status, headers: rest, text: text.replaceAll(email, 'x'.repeat(email.length)), setCookie }
}

/** Records the commands that one request sends, by name. */
async function recordCommands({ proxy }: Seen, request: () => Promise<unknown>): Promise<string[]> {
  proxy.clear()
  await request()
  return proxy.commands.map(({ command, collection }) => `${command} ${collection}`)
}

async function expectOneAnswer(
  seen: Seen,
  emails: string[],
  ask: (browser: Browser, email: string) => Promise<Answer>,
) {
  const results = []
  for (const email of emails) {
    let answer: Answer | undefined
    const commands = await recordCommands(seen, async () => {
      answer = await ask(seen.service.openBrowser(), email)
    })
    results.push({ ...pickVisible(answer as Answer, email), commands })
  }
  for (const result of results) expect(result).toEqual(results[0])
  return results[0]
}

// All of one length, since an answer repeats the address.
const KNOWN_AND_UNKNOWN = ['verified@example.com', 'disabled@example.com', 'whosthat@example.com']

test.each(['optional', 'required'] as const)(
  'a reset and a verification answer alike for known and unknown addresses, with the same commands (%s)',
  async (setting) => {
    const seen = await startCountedService(setting)
    const reset = await expectOneAnswer(seen, KNOWN_AND_UNKNOWN, (browser, email) =>
      requestPasswordReset(browser, { email }),
    )
    expect(reset?.commands).toContain('insert mails')
    expect(reset?.commands.join()).not.toMatch(/users|tokens|sessions/)
    const again = await expectOneAnswer(seen, KNOWN_AND_UNKNOWN, (browser, email) =>
      requestEmailVerification(browser, { email }),
    )
    expect(again?.commands.join()).not.toMatch(/users|tokens|sessions/)
  },
)

test('with required verification, signing up answers alike for new, unverified and verified addresses', async () => {
  const seen = await startCountedService('required')
  const emails = ['verified@example.com', 'unverify@example.com', 'disabled@example.com', 'whosthat@example.com']
  const answer = await expectOneAnswer(seen, emails, (browser, email) => signUp(browser, { email }))
  expect(answer?.text).toContain('MailRequested')
  expect(answer?.commands).toContain('insert users')
  expect(answer?.setCookie).toEqual([])
  expect(await seen.mails.countDocuments({ kind: 'signup' })).toBe(7)
})

test('an unknown email, a wrong password and a disabled user get one answer, at the cost of the same reads', async () => {
  const seen = await startCountedService('optional')
  const wrong = await expectOneAnswer(seen, KNOWN_AND_UNKNOWN, (browser, email) =>
    logIn(browser, { email, password: 'not the password at all' }),
  )
  expect(wrong?.text).toContain('InvalidCredentials')
  const disabled = await expectOneAnswer(seen, ['disabled@example.com', 'whosthat@example.com'], (browser, email) =>
    logIn(browser, { email }),
  )
  expect(disabled).toEqual(wrong)
})

test('with required verification, only the right password reveals that an address is not verified', async () => {
  const { service } = await startCountedService('required')
  const login = async (password: string) =>
    (await logIn(service.openBrowser(), { email: 'unverify@example.com', password })).kind
  expect(await login('not the password at all')).toBe('InvalidCredentials')
  expect(await login(PASSWORD)).toBe('EmailNotVerified')
})

test('with optional verification, signing up says that an address is taken, whatever its case', async () => {
  const { service } = await startCountedService('optional')
  const answer = await signUp(service.openBrowser(), { email: ' Verified@EXAMPLE.com ' })
  expect(answer.data).toMatchObject({ __typename: 'EmailTaken' })
  expect(answer.setCookie).toEqual([])
})

test('a user who is disabled while a mail is on its way gets no mail, and their link is dead', async () => {
  const service = await startOwnService()
  await createUser(service, { email: 'ada@example.com' })
  const { token } = await service.waitForMail('ada@example.com')
  const { browser: admin } = await createUser(service, { email: 'admin@example.com', roles: ['ADMIN'] })
  await disableUser(admin, { id: await findUserId(service, 'ada@example.com') })
  await requestPasswordReset(service.openBrowser(), { email: 'ada@example.com' })
  await waitForEmptyQueue(service)
  const sent = service.log.filter(({ event }) => event === 'mail.sent').map(({ kind }) => kind)
  expect(sent).toEqual(['verifyEmail', 'verifyEmail'])
  expect((await verifyEmail(service.openBrowser(), { token })).kind).toBe('InvalidToken')
})
