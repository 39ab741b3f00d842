// NIST SP 800-63B and OWASP ASVS 5.0, 6.2.12: new passwords are looked up among known breaches, by k-anonymity.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import {
  changePassword,
  logIn,
  OTHER_PASSWORD,
  PASSWORD,
  requestPasswordReset,
  resetPassword,
  signUp,
} from '../testkit/client.ts'
import { startOwnService } from '../testkit/fixtures.ts'
import { acceptInvitation, inviteUser } from '../testkit/invitations.ts'
import { createIdleUser } from '../testkit/users.ts'

const BREACHED = 'a sentence that was stolen'
const hash = createHash('sha1').update(BREACHED).digest('hex').toUpperCase()

/** A range service that knows one password, pads its answers, and keeps what it was asked. */
async function startRangeService(answer?: (request: IncomingMessage, response: ServerResponse) => void) {
  const asked: { url: string | undefined; padding: string | string[] | undefined }[] = []
  const server = createServer((request, response) => {
    asked.push({ url: request.url, padding: request.headers['add-padding'] })
    if (answer) return answer(request, response)
    const padding = `${createHash('sha1').update(PASSWORD).digest('hex').toUpperCase().slice(5)}:0`
    response.end(
      `${'0'.repeat(35)}:12\r\n${padding}\r\n${request.url === `/range/${hash.slice(0, 5)}` ? `${hash.slice(5)}:3\r\n` : ''}`,
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const startWith = (BREACHED_PASSWORDS: string) => startOwnService({ settings: { BREACHED_PASSWORDS } })

test('a new password that was in a breach is refused at sign-up, change, reset and invitation', async () => {
  const range = await startRangeService()
  const service = await startWith(range.url)
  const refused = async (answer: Promise<{ data?: unknown }>, name: string) =>
    expect((await answer).data).toMatchObject({ fields: [{ name, reason: 'BREACHED' }] })
  await refused(signUp(service.openBrowser(), { password: BREACHED }), 'password')
  const { browser, email } = await createIdleUser(service, { roles: ['ADMIN'] })
  await refused(changePassword(browser, { newPassword: BREACHED }), 'newPassword')
  await requestPasswordReset(browser, { email })
  const { token } = await service.waitForMail(email)
  await refused(resetPassword(browser, { token, newPassword: BREACHED }), 'newPassword')
  await inviteUser(browser, { email: 'new@example.com' })
  const invitation = await service.waitForMail('new@example.com')
  await refused(acceptInvitation(service.openBrowser(), { token: invitation.token, password: BREACHED }), 'password')
  expect((await changePassword(browser, { newPassword: OTHER_PASSWORD })).kind).toBe('ChangePasswordSuccess')
  expect(range.asked.every(({ url, padding }) => /^\/range\/[0-9A-F]{5}$/.test(url ?? '') && padding === 'true')).toBe(
    true,
  )
  expect(JSON.stringify(service.log)).not.toContain(BREACHED)
})

test('a password that the rules refuse is not looked up', async () => {
  const range = await startRangeService()
  const service = await startWith(range.url)
  await signUp(service.openBrowser(), { password: 'short' })
  expect(range.asked).toEqual([])
})

test.each<[string, (request: IncomingMessage, response: ServerResponse) => void]>([
  ['fails', (_request, response) => void response.writeHead(500).end()],
  ['leads elsewhere', (_request, response) => void response.writeHead(302, { Location: 'http://127.0.0.1:9/' }).end()],
  ['answers something else', (_request, response) => void response.end('<html>')],
  ['does not answer', () => {}],
])('where the range service %s, a password passes', async (name, answer) => {
  const range = await startRangeService(answer)
  const service = await startWith(range.url)
  expect((await signUp(service.openBrowser(), { password: BREACHED })).kind).toBe('SignupSuccess')
  if (name !== 'answers something else') {
    await service.waitForLog(({ event }) => event === 'password.breach-check-failed')
  }
})

test('a login with a password that was in a breach goes on, and its owner gets one mail', async () => {
  let knows = false
  const range = await startRangeService((_request, response) => void response.end(knows ? `${hash.slice(5)}:1` : ''))
  const service = await startWith(range.url)
  await signUp(service.openBrowser(), { password: BREACHED })
  await service.waitForMail('ada@example.com')
  knows = true
  expect((await logIn(service.openBrowser(), { password: BREACHED })).kind).toBe('LoginSuccess')
  expect((await service.waitForMail('ada@example.com')).subject).toBe('Your password was found in a data breach')
  const before = range.asked.length
  await logIn(service.openBrowser(), { password: BREACHED })
  await logIn(service.openBrowser(), { password: BREACHED })
  expect(range.asked.length).toBe(before)
})

test('BREACHED_PASSWORDS takes off, or the address of a service', () => {
  expect(readConfig({ BREACHED_PASSWORDS: 'off' }).breachedPasswords).toBeNull()
  expect(readConfig({ BREACHED_PASSWORDS: 'https://range.example.com/' }).breachedPasswords).toBe(
    'https://range.example.com',
  )
  for (const wrong of [
    'on',
    'ftp://example.com',
    'https://user:canary@example.com',
    'https://example.com?key=canary',
  ]) {
    expect(() => readConfig({ BREACHED_PASSWORDS: wrong })).toThrow('BREACHED_PASSWORDS must be off, or an address')
    expect(() => readConfig({ BREACHED_PASSWORDS: wrong })).not.toThrow('canary')
  }
})
