import { expect, test } from 'vitest'
import { logIn, signUp } from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'

const service = provideService()
const readKind = async (answer: ReturnType<typeof signUp>) => {
  const { signup, login } = (await answer).body.data ?? {}
  return (signup ?? login)?.__typename
}

test.each([
  ['case', 'Ada.Case@Example.COM', ['ada.case@example.com', 'ADA.CASE@EXAMPLE.COM']],
  ['outer spaces', '  ada.space@example.com\t', ['ada.space@example.com', '\nada.space@example.com ']],
  [
    'IDN and punycode',
    'ada@bücher.example',
    ['ada@xn--bcher-kva.example', 'ADA@BÜCHER.EXAMPLE', 'ada@XN--BCHER-KVA.example'],
  ],
  ['a decomposed domain', 'eve@bu\u0308cher.example', ['eve@bücher.example', 'eve@xn--bcher-kva.example']],
  ['a wide domain', 'ada@ｅｘample.com', ['ada@example.com']],
])('one address is one user, whatever its %s', async (_name, typed, others) => {
  expect(await readKind(signUp(service().openBrowser(), { email: typed }))).toBe('SignupSuccess')
  for (const other of [typed, ...others]) {
    expect([other, await readKind(signUp(service().openBrowser(), { email: other }))]).toEqual([other, 'EmailTaken'])
    expect([other, await readKind(logIn(service().openBrowser(), { email: other }))]).toEqual([other, 'LoginSuccess'])
  }
  const user = await service().db.collection('users').findOne({ email: typed.trim() })
  expect(user?.emailCanonical).toMatch(/^[a-z.]+@[a-z0-9.-]+$/)
  expect(user?.emailCanonical).toBe(String(user?.emailCanonical).toLowerCase())
})

test('no dot, no tag and no look-alike of an address is folded away', async () => {
  const addresses = [
    'john.doe@d.example',
    'johndoe@d.example',
    'john.doe+tag@d.example',
    'john-doe@d.example',
    'john.doe@e.example',
  ]
  for (const address of addresses)
    expect(await readKind(signUp(service().openBrowser(), { email: address }))).toBe('SignupSuccess')
  expect(
    await service()
      .db.collection('users')
      .countDocuments({ email: { $in: addresses } }),
  ).toBe(addresses.length)
})

test('an address is shown as it was typed', async () => {
  const eve = service().openBrowser()
  const answer = await signUp(eve, { email: ' Eve.Typed@Example.com ' })
  expect(answer.data?.user?.email).toBe('Eve.Typed@Example.com')
  // The mailer folds the domain, which has no case; the local part is the receiving server's own.
  expect((await service().waitForMail('Eve.Typed@example.com')).token).toBeTruthy()
})

const long = `${'a'.repeat(64)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}`

test.each<[string, string, string]>([
  ['nothing', '', 'REQUIRED'],
  ['spaces', '   ', 'REQUIRED'],
  ['no @', 'ada.example.com', 'MALFORMED'],
  ['no local part', '@example.com', 'MALFORMED'],
  ['no domain', 'ada@', 'MALFORMED'],
  ['two @', 'ada@b@example.com', 'MALFORMED'],
  ['a wide @', 'ada＠example.com', 'MALFORMED'],
  ['a quoted local part', '"ada b"@example.com', 'MALFORMED'],
  ['a Kelvin sign', '\u212aada@example.com', 'MALFORMED'],
  ['a dotted capital I', 'ad\u0130a@example.com', 'MALFORMED'],
  ['a long s', 'ada\u017f@example.com', 'MALFORMED'],
  ['another script', 'адa@example.com', 'MALFORMED'],
  ['a dot first', '.ada@example.com', 'MALFORMED'],
  ['a dot last', 'ada.@example.com', 'MALFORMED'],
  ['two dots', 'a..da@example.com', 'MALFORMED'],
  ['a space inside', 'a da@example.com', 'MALFORMED'],
  ['a name before', 'Ada <ada@example.com>', 'MALFORMED'],
  ['a comment', 'ada(x)@example.com', 'MALFORMED'],
  ['a number for a domain', 'ada@127.0.0.1', 'MALFORMED'],
  ['a literal', 'ada@[127.0.0.1]', 'MALFORMED'],
  ['one label', 'ada@localhost', 'MALFORMED'],
  ['a dot after the domain', 'ada@example.com.', 'MALFORMED'],
  ['a hyphen before the dot', 'ada@example-.com', 'MALFORMED'],
  ['a header', 'ada@example.com\r\nBcc: eve@example.com', 'MALFORMED'],
  ['a newline', 'a\nda@example.com', 'MALFORMED'],
  ['NUL (D-19)', 'a\u0000b@x.io', 'MALFORMED'],
  ['a control sign in the domain', 'ada@exa\u0007mple.com', 'MALFORMED'],
  ['a zero-width sign', 'a\u200bda@example.com', 'MALFORMED'],
  ['half a character (D-15)', 'ada\ud800@example.com', 'MALFORMED'],
  ['half a character in the domain', 'ada@exam\ud800ple.com', 'MALFORMED'],
  ['a list', 'ada@example.com,eve@example.com', 'MALFORMED'],
  ['65 signs before the @', `${'a'.repeat(65)}@example.com`, 'MALFORMED'],
  ['255 signs', `${long}.${'e'.repeat(254 - long.length)}`, 'TOO_LONG'],
  ['320 signs', `${'a'.repeat(64)}@${'b'.repeat(255)}`, 'TOO_LONG'],
])('an address that cannot receive mail is refused: %s', async (_name, address, reason) => {
  const ada = service().openBrowser()
  const answer = await signUp(ada, { email: address })
  expect(answer.data).toMatchObject({ __typename: 'InvalidInput', fields: [{ name: 'email', reason }] })
  expect(answer.setCookie).toEqual([])
})

test('an address of 254 characters is accepted', async () => {
  const address = `${long}.${'e'.repeat(253 - long.length)}`
  expect(address).toHaveLength(254)
  expect(await readKind(signUp(service().openBrowser(), { email: address }))).toBe('SignupSuccess')
})

test('a reset or a verification for an impossible address is answered like any other', async () => {
  for (const field of ['requestPasswordReset', 'requestEmailVerification']) {
    for (const email of ['nonsense', 'a\u0000b@x.io', 'ada@example.com\r\nBcc: eve@example.com', '']) {
      const answer = await service()
        .openBrowser()
        .gql(`mutation ($email: String!) { ${field}(email: $email) { email } }`, { email })
      expect(answer).toMatchObject({ status: 200, body: { data: { [field]: expect.anything() } } })
    }
  }
})

test.each(['$gt', '$where', 'a.b', '{"$gt":""}', "'; return true; //", '.*', '^a', '$or'])(
  'text that looks like a query is stored and compared as text: %j',
  async (text) => {
    expect(await readKind(logIn(service().openBrowser(), { email: text }))).toBe('InvalidCredentials')
    expect(await readKind(logIn(service().openBrowser(), { email: `${text}@example.com`, password: text }))).toBe(
      'InvalidCredentials',
    )
    const jar = service().openBrowser()
    jar.setCookie(`j:${JSON.stringify({ $gt: text })}`)
    expect((await jar.gql('{ session { id } }')).body.data).toEqual({ session: null })
    const name = await signUp(service().openBrowser(), {
      email: `n${Buffer.from(text).toString('hex')}@d17.example`,
      firstName: text,
    })
    expect(String(name.kind)).toBe('SignupSuccess')
    expect(await service().db.collection('users').countDocuments({ firstName: text })).toBe(1)
  },
)
