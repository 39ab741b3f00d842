// Invisible characters would let one user look like another, or like nobody (Unicode Technical Report 36).
import { expect, test } from 'vitest'
import { signUp, updateProfile } from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'

const service = provideService()

test.each([
  ['zero width space', '\u200b'],
  ['Hangul filler', '\u3164'],
  ['half-width Hangul filler', '\uffa0'],
  ['Braille blank', '\u2800'],
  ['word joiner', '\u2060\u2060'],
  ['soft hyphen', '\u00ad'],
  ['joiners alone', '\u200d\u200c'],
  ['variation selector', '\ufe0f'],
  ['tags', '\u{e0041}\u{e0042}'],
  ['a null notehead', '\u{1d159}'],
  ['Mongolian vowel separator', '\u180e'],
  ['blanks with spaces between', '\u200b \u3164 \u2800'],
  ['a combining mark without a letter', '\u0301'],
])('a name without a visible character is refused: %s', async (_name, text) => {
  const browser = service().openBrowser()
  await signUp(browser, { email: `n${[...text].map((sign) => sign.codePointAt(0)).join('-')}@example.com` })
  for (const field of ['firstName', 'lastName']) {
    const { data } = await updateProfile(browser, { [field]: text })
    expect(data).toMatchObject({ __typename: 'InvalidInput', fields: [{ name: field, reason: 'MALFORMED' }] })
  }
})

test.each([
  ['Persian, with a non-joiner', '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645'],
  ['Sinhala, with a joiner', '\u0dc1\u0dca\u200d\u0dbb\u0dd3'],
  ['an emoji of several', '👩\u200d🚀'],
  ['a sign alone', '✝'],
  ['Hangul', '김민준'],
  ['a letter with a mark', 'e\u0301'],
])('a name with visible characters is stored as typed: %s', async (_name, text) => {
  const browser = service().openBrowser()
  await signUp(browser, { email: `s${text.codePointAt(0)}-${text.length}@example.com` })
  const { data } = await updateProfile(browser, { firstName: text })
  expect(data).toMatchObject({ user: { firstName: text } })
})
