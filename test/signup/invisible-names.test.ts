import { describe, expect, test } from 'vitest'
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
])('a name that shows nothing is refused: %s', async (_name, text) => {
  const who = service().openBrowser()
  await signUp(who, { email: `n${[...text].map((sign) => sign.codePointAt(0)).join('-')}@example.com` })
  for (const field of ['firstName', 'lastName']) {
    const { data } = await updateProfile(who, { [field]: text })
    expect(data).toMatchObject({ __typename: 'InvalidInput', fields: [{ name: field, reason: 'MALFORMED' }] })
  }
})

describe('a name that shows something', () => {
  test.each([
    ['Persian, with a non-joiner', '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645'],
    ['Sinhala, with a joiner', '\u0dc1\u0dca\u200d\u0dbb\u0dd3'],
    ['an emoji of several', '👩\u200d🚀'],
    ['a sign alone', '✝'],
    ['Hangul', '김민준'],
    ['a letter with a mark', 'e\u0301'],
  ])('stays as it is: %s', async (_name, text) => {
    const who = service().openBrowser()
    await signUp(who, { email: `s${text.codePointAt(0)}-${text.length}@example.com` })
    const { data } = await updateProfile(who, { firstName: text })
    expect(data).toMatchObject({ user: { firstName: text } })
  })
})
