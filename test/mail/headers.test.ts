// OWASP ASVS 5.0, 1.3.11: user input cannot inject headers or recipients into mails.
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import { changeEmail, requestPasswordReset, signUp } from '../testkit/client.ts'
import { provideService, startOwnService } from '../testkit/fixtures.ts'
import { startMailServer } from '../testkit/mail/mail-server.ts'
import { listMails, waitForEmptyQueue } from '../testkit/mail/queue.ts'
import { createUser } from '../testkit/users.ts'

const service = provideService()

const INJECTIONS = [
  'eve@example.com\r\nBcc: victim@example.com',
  'eve@exa\r\nmple.com',
  'eve@exa\tmple.com',
  'e\r\nve@example.com',
  'eve@example.com/../',
  'eve@example.com?cc=victim@example.com',
  'eve@%65xample.com',
  'eve@example.com, victim@example.com',
  'eve@example.com;victim@example.com',
  'victim@example.com> <eve@example.com',
  '"eve@example.com\r\nBcc: victim"@example.com',
  '"eve, victim@example.com"@example.com',
  'Eve <eve@example.com>',
  'eve(victim@example.com)@example.com',
  'eve@exa\u00admple.com',
  'eve@\u200bexample.com',
]

let ada: Browser
beforeAll(async () => {
  ada = (await createUser(service(), { email: 'ada@example.com' })).browser
})

test.each(INJECTIONS)('%j is no address to sign up with or change to, and gets no mail', async (email) => {
  const signup = await signUp(service().openBrowser(), { email })
  expect(signup.data).toMatchObject({
    __typename: 'InvalidInput',
    fields: [{ name: 'email', reason: 'MALFORMED' }],
  })
  expect((await changeEmail(ada, { email })).kind).toBe('InvalidInput')
  await requestPasswordReset(ada, { email })
  expect(await listMails(service(), 'victim@example.com')).toEqual([])
  expect(
    await service()
      .db.collection('users')
      .countDocuments({ emailCanonical: /eve|victim/ }),
  ).toBe(0)
})

test('whatever is typed as an address, the mail has one recipient, and it is the address of the user', async () => {
  const server = await startMailServer()
  const own = await startOwnService({
    settings: { SMTP_URL: `smtp://127.0.0.1:${server.port}`, MAIL_FROM: 'Gatehouse <no-reply@example.com>' },
  })
  const piece = fc.constantFrom(
    ...'aZ9.-@<>,;:"\\()[]%/?#+\r\n\t ß\u3002\u00ad\u202eｅ'.split(''),
    'example',
    '.com',
    '@x',
  )
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 6 }), fc.nat(), async (pieces, index) => {
      const email = `u${index}${pieces.slice(0, 3).join('')}@x${pieces.slice(3).join('')}.example`
      await signUp(own.openBrowser(), { email })
    }),
    { numRuns: 60, verbose: true },
  )
  await waitForEmptyQueue(own)
  const users = await own.db.collection('users').find().toArray()
  expect(server.deliveries).toHaveLength(users.length)
  for (const { recipients, raw } of server.deliveries) {
    expect(recipients).toHaveLength(1)
    expect(
      raw
        .split('\r\n\r\n')[0]
        ?.match(/^(to|cc|bcc|from|subject):/gim)
        ?.sort(),
    ).toEqual(['From:', 'Subject:', 'To:'])
    const [local, domain] = recipients[0]?.split('@') ?? []
    expect(users.map(({ emailCanonical }) => emailCanonical)).toContain(`${local?.toLowerCase()}@${domain}`)
  }
})

test('a domain in another script gets its mail at the ASCII form that identifies the user', async () => {
  const server = await startMailServer()
  const own = await startOwnService({
    settings: { SMTP_URL: `smtp://127.0.0.1:${server.port}`, MAIL_FROM: 'no-reply@example.com' },
  })
  await signUp(own.openBrowser(), { email: 'Ada@BÜCHER.example' })
  await waitForEmptyQueue(own)
  const [mail] = server.deliveries
  expect(mail).toMatchObject({ recipients: ['Ada@xn--bcher-kva.example'], to: 'Ada@xn--bcher-kva.example' })
})

test('a name with a line break is refused, and no name is ever in a mail', async () => {
  const refused = await signUp(service().openBrowser(), {
    email: 'broken@example.com',
    firstName: 'Eve\r\nBcc: victim@example.com',
  })
  expect(refused.data).toMatchObject({ __typename: 'InvalidInput', fields: [{ name: 'firstName' }] })
  await signUp(service().openBrowser(), { email: 'named@example.com', firstName: 'Zebulon <b>', lastName: '"Q", Esq.' })
  const [mail] = await listMails(service(), 'named@example.com')
  expect(mail?.raw).not.toMatch(/Zebulon|Esq/)
})

test('a mail has a text part and an HTML part with the same link to the front end, with the token in the fragment', async () => {
  const own = await startOwnService({ settings: { APP_URL: 'https://app.example.org' } })
  await createUser(own, { email: 'ada@example.com' })
  await requestPasswordReset(own.openBrowser(), { email: 'ada@example.com' })
  const [verify, reset] = await listMails(own, 'ada@example.com')
  expect(verify?.link).toMatch(/^https:\/\/app\.example\.org\/verify-email#token=[\w-]{43}$/)
  expect(reset?.link).toMatch(/^https:\/\/app\.example\.org\/reset-password#token=[\w-]{43}$/)
  for (const mail of [verify, reset]) {
    expect(mail?.raw).toMatch(/content-type: text\/plain/i)
    expect(mail?.raw).toMatch(/content-type: text\/html/i)
    expect(mail?.text.split(`href="${mail?.link}">`)).toHaveLength(3)
    expect(mail?.raw).toMatch(/^Subject: [\w ]+$/m)
  }
})

test('mails carry the name and the colour of the service, and a name is text, whatever is in it', async () => {
  const settings = { SERVICE_NAME: 'Ada & Bob', ACCENT_COLOR: '#7c3aed' }
  const own = await startOwnService({ settings })
  await createUser(own, { email: 'ada@example.com' })
  const [mail] = await listMails(own, 'ada@example.com')
  const [text = '', html = ''] = mail?.text.split('<!doctype html>') ?? []
  expect(mail?.raw).toMatch(/^From: "?Ada & Bob"? <no-reply@localhost>$/m)
  expect(text).toMatch(/^Ada & Bob\r?$/m)
  expect(html).toContain('>Ada &#38; Bob</p>')
  expect(html).toContain('bgcolor="#7c3aed"')
})

test('an accent that is too light to read is darkened in mails', async () => {
  const own = await startOwnService({ settings: { ACCENT_COLOR: '#ffff00' } })
  await createUser(own, { email: 'ada@example.com' })
  const [mail] = await listMails(own, 'ada@example.com')
  expect(mail?.text).not.toContain('bgcolor="#ffff00"')
})

test('links in mails never come from the Host header', async () => {
  await signUp(service().openBrowser({ headers: { Host: 'localhost:666', 'X-Forwarded-Host': 'evil.example' } }), {
    email: 'host@example.com',
  })
  const [mail] = await listMails(service(), 'host@example.com')
  expect(mail?.link?.startsWith(`${service().url}/verify-email#token=`)).toBe(true)
})

test('every mail says that a machine wrote it, so that no machine answers', async () => {
  const server = await startMailServer()
  const own = await startOwnService({
    settings: { SMTP_URL: `smtp://127.0.0.1:${server.port}`, MAIL_FROM: 'Gatehouse <no-reply@example.com>' },
  })
  await signUp(own.openBrowser())
  await waitForEmptyQueue(own)
  const raw = server.deliveries[0]?.raw
  expect(raw).toMatch(/^Auto-Submitted: auto-generated\r?$/m)
  expect(raw).toMatch(/^X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply\r?$/m)
})
