// Users get mails in their language; whoever asks for one that is not there gets the first.
import { expect, test } from 'vitest'
import { LOCALES } from '../../src/locales.ts'
import { type Mail, type UserMail, writeMessage } from '../../src/mail/messages.ts'
import de from '../../src/texts/de.json' with { type: 'json' }
import en from '../../src/texts/en.json' with { type: 'json' }
import type { Browser } from '../testkit/browser.ts'
import { callField, PASSWORD, requestPasswordReset } from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'
import { acceptInvitation, inviteUser } from '../testkit/invitations.ts'
import { createUser } from '../testkit/users.ts'

const service = provideService()
const VERIFY = { en: 'Verify your email address', de: 'Bestätigen Sie Ihre E-Mail-Adresse' }
const RESET = { en: 'Reset your password', de: 'Setzen Sie Ihr Passwort zurück' }
let count = 0

async function signUpIn(input: object, headers: Record<string, string> = {}) {
  count += 1
  const email = `reader${count}@example.com`
  const browser = service().openBrowser({ headers })
  const { data } = await callField(
    browser,
    'signup',
    `mutation ($input: SignupInput!) { signup(input: $input) { ... on SignupSuccess { user { locale } } } }`,
    { input: { email, password: PASSWORD, ...input } },
  )
  return { email, browser, locale: data?.user?.locale }
}

const updateLocale = async (browser: Browser, locale: string | null) =>
  (
    await callField(
      browser,
      'updateProfile',
      `mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) {
        ... on UpdateProfileSuccess { user { locale firstName } } } }`,
      { input: { locale } },
    )
  ).data?.user

test.each([
  ['de', {}, 'de'],
  ['de-AT', {}, 'de'],
  ['EN', { 'accept-language': 'de' }, 'en'],
  ['fr', { 'accept-language': 'de' }, 'en'],
  [undefined, { 'accept-language': 'fr, de;q=0.8, en;q=0.5' }, 'de'],
  [undefined, { 'accept-language': 'fr' }, 'en'],
  [undefined, { 'accept-language': '*' }, 'en'],
  [undefined, {}, 'en'],
] as const)(
  'who signs up with the language %s from a browser that asks for %j gets %s',
  async (tag, headers, locale) => {
    const reader = await signUpIn(tag ? { locale: tag } : {}, headers)
    expect(reader.locale).toBe(locale)
    const mail = await service().waitForMail(reader.email)
    expect(mail.subject).toBe(VERIFY[locale])
    expect(mail.text).toContain(`<html lang="${locale}">`)
  },
)

test('a user changes their language, and the next mail is in it', async () => {
  const { email, browser } = await signUpIn({ locale: 'de', firstName: 'Ada' })
  await service().waitForMail(email)
  expect(await updateLocale(browser, 'en-GB')).toEqual({ locale: 'en', firstName: 'Ada' })
  await requestPasswordReset(browser, { email })
  expect((await service().waitForMail(email)).subject).toBe(RESET.en)
  expect((await updateLocale(browser, 'de'))?.locale).toBe('de')
  expect((await updateLocale(browser, null))?.locale).toBe('en')
})

test('an invitation is in the language of who invites, and the invited choose theirs', async () => {
  const { browser } = await createUser(service(), { roles: ['ADMIN'] })
  await updateLocale(browser, 'de')
  await inviteUser(browser, { email: 'guest@example.com' })
  const { subject, token } = await service().waitForMail('guest@example.com')
  expect(subject).toBe('Sie sind eingeladen')
  const guest = service().openBrowser({ headers: { 'accept-language': 'de' } })
  await acceptInvitation(guest, { token })
  expect((await guest.gql('{ me { locale } }')).body.data).toEqual({ me: { locale: 'de' } })
})

const at = new Date('2030-02-03T04:05:00Z')
const FACTOR_CHANGES = [
  'totpAdded',
  'totpReplaced',
  'totpRemoved',
  'passkeyAdded',
  'passkeyRemoved',
  'recoveryCodesReplaced',
] as const

/** A mail of each kind. */
const listMails = (locale: UserMail['locale']): Mail[] => {
  const reader = { to: 'ada@example.com', locale }
  return [
    ...(['verifyEmail', 'changeEmail', 'resetPassword', 'factorsReset', 'invitation'] as const).map((kind) => ({
      ...reader,
      kind,
      token: 'TOKEN',
    })),
    ...(['signupAttempted', 'passwordChanged', 'passwordBreached', 'emailChanged'] as const).map((kind) => ({
      ...reader,
      kind,
    })),
    ...(['newDevice', 'factorFailed'] as const).map((kind) => ({ ...reader, kind, at, deviceName: 'DEVICE' })),
    ...FACTOR_CHANGES.map((change) => ({ ...reader, kind: 'factorChanged' as const, change, name: 'NAME' })),
    { ...reader, kind: 'passkeyCopied', at, name: 'NAME' },
    { ...reader, kind: 'recoveryCodeUsed', at, left: 3 },
  ]
}

test.each(LOCALES)('every mail has its text in %s, without a gap', (locale) => {
  const settings = { serviceName: 'Example', accentColor: '#0f766e', appUrl: 'https://app.example.com' }
  for (const mail of listMails(locale)) {
    const { subject, text, link } = writeMessage(mail, settings)
    expect(`${subject} ${text}`).not.toMatch(/\{\{|mails\.|undefined/)
    if ('token' in mail) expect(link).toMatch(/^https:\/\/app\.example\.com\/[a-z-]+#token=TOKEN$/)
    if ('deviceName' in mail) expect(text).toContain('DEVICE')
    if ('at' in mail) expect(text).toContain('2030')
  }
})

/** Lists the keys of texts, with the gaps of each. */
function listTexts(value: unknown, path = ''): string[] {
  if (typeof value === 'string') return [`${path} ${(value.match(/\{\{\w+\}\}/g) ?? []).sort().join()}`]
  return Object.entries(value as object).flatMap(([key, inner]) => listTexts(inner, `${path}.${key}`))
}

test('the languages have the same texts, with the same gaps', () => {
  expect(listTexts(de.mails)).toEqual(listTexts(en.mails))
})

test('no text of a mail is left over', () => {
  const used = listMails('en').map((mail) => (mail.kind === 'factorChanged' ? mail.change : mail.kind))
  expect(Object.keys(en.mails).sort()).toEqual(['orLink', ...used].sort())
})
