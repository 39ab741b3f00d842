// OWASP ASVS 5.0, 6.1.2 and 6.2: length, common passwords, words of the context, and no rules of composition.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { logIn, PASSWORD, signUp } from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'

let count = 0
const nextEmail = () => {
  count += 1
  return `p${count}@mail.example`
}

const service = provideService()

/** Signs up with a password, and returns null or the reason of the refusal. */
async function findVerdict(password: string, email = nextEmail(), names: object = {}): Promise<string | null> {
  const answer = await signUp(service().openBrowser(), { email, password, ...names })
  const { __typename: kind, fields } = answer.data ?? {}
  if (String(kind) === 'SignupSuccess') return null
  expect(answer).toMatchObject({ status: 200, setCookie: [] })
  expect(fields).toHaveLength(1)
  expect(fields?.[0]).toMatchObject({ name: 'password', message: expect.stringMatching(/^[A-Z].*\.$/) })
  return String(fields?.[0]?.reason)
}

test.each([
  ['14 letters', 'quiet harbours', 'TOO_SHORT'],
  ['15 letters', 'quiet harbour 2', null],
  ['14 four-byte emoji', '😀🚀🌵🎹🦊🍋⚓🎲🪁🧭🛶🪴🧩🪵', 'TOO_SHORT'],
  ['15 four-byte emoji', '😀🚀🌵🎹🦊🍋⚓🎲🪁🧭🛶🪴🧩🪵🎻', null],
  ['nothing', '', 'TOO_SHORT'],
  ['16 signs that are 14 after NFKC', 'quiet harboue\u0301e\u0301', 'TOO_SHORT'],
  ['12 signs that are 14 after NFKC', 'quiet ha\ufb03rbo', 'TOO_SHORT'],
  ['13 signs that are 15 after NFKC', 'quiet ha\ufb03rbo\u00e9', null],
])('the length of a password is counted in code points after NFKC: %s', async (_name, password, reason) => {
  expect(await findVerdict(password)).toBe(reason)
})

test('a password may have 256 four-byte emoji, and not one more', async () => {
  const emoji = (length: number) =>
    Array.from({ length }, (_, i) => String.fromCodePoint(0x1f300 + ((i * 7) % 331))).join('')
  for (const length of [64, 256]) {
    const [email, ada] = [nextEmail(), service().openBrowser()]
    expect(await findVerdict(emoji(length), email)).toBeNull()
    expect((await logIn(ada, { email, password: emoji(length) })).kind).toBe('LoginSuccess')
    expect((await logIn(ada, { email, password: emoji(length - 1) })).kind).toBe('InvalidCredentials')
  }
  expect(await findVerdict(emoji(257))).toBe('TOO_LONG')
  expect(await findVerdict('a quiet harbour '.repeat(500))).toBe('TOO_LONG')
})

test.each(['\ud800', '\udfff', '\udc00\ud800'])('a password with half a character is MALFORMED', async (half) => {
  expect(await findVerdict(`${PASSWORD}${half}`)).toBe('MALFORMED')
  const answer = await logIn(service().openBrowser(), { email: 'nobody@example.com', password: `${PASSWORD}${half}` })
  expect(answer.kind).toBe('InvalidCredentials')
})

test.each([
  ['lower case', 'mudlark otter brine'],
  ['digits', '864209753186420'],
  ['spaces inside', 'k  q  z  v  j  m'],
  ['Arabic', 'السفينة تبحر عند الفجر'],
  ['Chinese', '海边的小屋里住着一只会唱歌的猫'],
  ['emoji', '🌵🎹🦊🍋⚓🎲🪁🧭🛶🪴🧩🪵🎻🥁🪗'],
  ['one repeated sign inside', 'helloooooo harbour pilot'],
  ['punctuation', '}%/,;:)(&*!?#~=+'],
  ['a joined emoji', '👩‍👩‍👧‍👦 in a boat at sea'],
])('a password may be of any characters: %s', async (_name, password) => {
  expect(await findVerdict(password)).toBeNull()
})

test.each([
  ['one letter', 'aaaaaaaaaaaaaaaa'],
  ['a unit', 'abcabcabcabcabc'],
  ['a unit cut short', 'passwordpasswordpass'],
  ['a word in both cases', 'HarborharborHARBOR'],
  ['one emoji', '😀'.repeat(20)],
  ['spaces', ' '.repeat(20)],
  ['a run of keys', 'qwertyuiopasdfgh'],
  ['a run backwards', 'poiuytrewqlkjhgf'],
  ['a count', '123456789012345'],
  ['a count down', '098765432109876'],
  ['the alphabet', 'abcdefghijklmnop'],
  ['two runs', '1234567890qwertyuiop'],
  ['a German row', 'qwertzuiopasdfghjkl'],
  ['a French row', 'azertyuiopqsdfghjklm'],
  ['the service', 'gatehousegatehouse'],
  ['the service with a year', 'Gatehouse2026!!'],
  ['the service and a count', 'gatehouse 123456'],
  ['a run in wide signs', 'ｑｗｅｒｔｙｕｉｏｐａｓｄｆｇ'],
])('a password that is easily guessed is too common: %s', async (_name, password) => {
  expect(await findVerdict(password)).toBe('TOO_COMMON')
})

test.each([
  ['the address', 'ada.lovelace@analytical.example'],
  ['the address in capitals', 'ADA.LOVELACE@ANALYTICAL.EXAMPLE'],
  ['the local part twice', 'ada.lovelaceAda.Lovelace'],
  ['the local part and a year', 'ada.lovelace1815'],
  ['the domain and a year', 'analytical-2026'],
  ['both names', 'Augusta Byron-Noel'],
  ['both names, turned round', 'byron-noel.augusta'],
  ['a name and a count', 'augusta123456789'],
  ['a name, the service and a year', 'Augusta@gatehouse2026'],
])("a password made of the user's own data is too common: %s", async (_name, password) => {
  const email = 'ada.lovelace@analytical.example'
  const names = { firstName: 'Augusta', lastName: 'Byron-Noel' }
  expect(await findVerdict(password, email, names)).toBe('TOO_COMMON')
})

test('a password may hold a word of the user beside enough others', async () => {
  const names = { firstName: 'Augusta', lastName: 'Noel' }
  expect(await findVerdict('Augusta walks by the winter harbour', nextEmail(), names)).toBeNull()
})

test.each<[string, string, string[], string[]]>([
  [
    'NUL',
    'quiet\u0000harbour before',
    ['quiet\u0000harbour before'],
    ['quiet', 'quiet\u0000harbour', 'quietharbour before'],
  ],
  [
    'outer spaces',
    '  a quiet harbour  ',
    ['  a quiet harbour  '],
    ['a quiet harbour', ' a quiet harbour  ', '  a quiet harbour'],
  ],
  [
    'composed letters',
    'caf\u00e9 by the harbour',
    ['cafe\u0301 by the harbour'],
    ['cafe by the harbour', 'cafe by the harbou\u0301r'],
  ],
  [
    'decomposed letters',
    'A\u030angstro\u0308m is quiet',
    ['\u00c5ngstr\u00f6m is quiet', '\u212bngstr\u00f6m is quiet'],
    ['angstrom is quiet'],
  ],
  [
    'Hangul',
    '\ud55c\uad6d harbour before',
    ['\u1112\u1161\u11ab\u1100\u116e\u11a8 harbour before'],
    ['\ud55c harbour before'],
  ],
  ['a ligature', 'a wa\ufb04e by the sea', ['a waffle by the sea'], ['a wafle by the sea']],
  ['wide signs', 'ｑｕｉｅｔ harbour dawn', ['quiet harbour dawn'], ['QUIET harbour dawn']],
  ['a joined emoji', '👩‍🚀 in the quiet harbour', ['👩‍🚀 in the quiet harbour'], ['👩🚀 in the quiet harbour']],
  ['signs of direction', 'quiet\u202eharbour dawn', ['quiet\u202eharbour dawn'], ['quietharbour dawn']],
])('a password is compared as it was given, but for NFKC: %s', async (_name, password, same, others) => {
  const email = nextEmail()
  const signup = await signUp(service().openBrowser(), { email, password })
  expect(signup.kind).toBe('SignupSuccess')
  const tryLogIn = async (text: string) => (await logIn(service().openBrowser(), { email, password: text })).kind
  for (const text of [password, ...same]) expect([text, await tryLogIn(text)]).toEqual([text, 'LoginSuccess'])
  for (const text of others) expect([text, await tryLogIn(text)]).toEqual([text, 'InvalidCredentials'])
})

test('a password is never cut, trimmed or folded in case', async () => {
  const email = nextEmail()
  const long = fc.sample(fc.string({ unit: 'grapheme-ascii', minLength: 198, maxLength: 198 }), {
    numRuns: 1,
    seed: 628,
  })[0]
  const password = `q${long}Z`
  await signUp(service().openBrowser(), { email, password })
  const variants = [
    ...[password.slice(0, 199), password.slice(0, 72), password.slice(0, 64), password.slice(1)],
    ...[password.toLowerCase(), password.toUpperCase(), ` ${password}`, `${password} `, `${password}\u0000`, ''],
  ]
  for (const variant of variants) {
    expect((await logIn(service().openBrowser(), { email, password: variant })).kind).toBe('InvalidCredentials')
  }
  expect((await logIn(service().openBrowser(), { email, password })).kind).toBe('LoginSuccess')
})
