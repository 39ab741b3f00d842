import { expect, test } from 'vitest'
import { signUp, updateProfile } from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'
import { createUser } from '../testkit/users.ts'

const service = provideService()

test('a field that is left out stays, and null or blank clears it', async () => {
  const ada = service().openBrowser()
  await signUp(ada, { email: 'ada@example.com', firstName: ' Ada ', lastName: 'Lovelace' })
  const names = async (input: Record<string, string | null>) => (await updateProfile(ada, input)).data?.user
  expect(await names({})).toEqual({ firstName: 'Ada', lastName: 'Lovelace' })
  expect(await names({ firstName: ' Augusta ' })).toEqual({ firstName: 'Augusta', lastName: 'Lovelace' })
  expect(await names({ lastName: null })).toEqual({ firstName: 'Augusta', lastName: null })
  expect(await names({ firstName: ' \t ' })).toEqual({ firstName: null, lastName: null })
  expect(await names({ firstName: 'Ada', lastName: 'King' })).toEqual({ firstName: 'Ada', lastName: 'King' })
  const me = await ada.gql('{ me { firstName lastName } }')
  expect(me.body.data?.me).toEqual({ firstName: 'Ada', lastName: 'King' })
})

test('a name has at most 100 code points, counted after trimming', async () => {
  const { browser: bea } = await createUser(service(), { email: 'bea@example.com' })
  const longest = '😀'.repeat(100)
  expect((await updateProfile(bea, { firstName: ` ${longest} ` })).data?.user).toMatchObject({ firstName: longest })
  expect((await updateProfile(bea, { firstName: `${longest}x` })).data).toMatchObject({
    __typename: 'InvalidInput',
    fields: [{ name: 'firstName', reason: 'TOO_LONG' }],
  })
  expect((await bea.gql('{ me { firstName } }')).body.data?.me).toEqual({ firstName: longest })
})

test.each(['a\u0000b', 'a\r\nb', 'a\u001bb', 'a\u0085b', 'a\u2028b', 'a\u202eb', 'a\ud800b'])(
  'a name with a control character (%j) is refused, and so is the rest of the change',
  async (lastName) => {
    const browser = service().openBrowser()
    await signUp(browser, {
      email: `u${encodeURIComponent(lastName.toWellFormed()).replaceAll('%', '').toLowerCase()}@example.com`,
    })
    const refused = await updateProfile(browser, { firstName: 'Fine', lastName })
    expect(refused.data).toMatchObject({ fields: [{ name: 'lastName', reason: 'MALFORMED' }] })
    expect((await browser.gql('{ me { firstName lastName } }')).body.data?.me).toEqual({
      firstName: null,
      lastName: null,
    })
  },
)

test('every wrong field is named', async () => {
  const { browser: cid } = await createUser(service(), { email: 'cid@example.com' })
  const { data } = await updateProfile(cid, { firstName: 'a\nb', lastName: 'x'.repeat(101) })
  expect(data?.fields).toMatchObject([
    { name: 'firstName', reason: 'MALFORMED' },
    { name: 'lastName', reason: 'TOO_LONG' },
  ])
})

test('a changed profile is seen by the rest of the same operation', async () => {
  const { browser: dot } = await createUser(service(), { email: 'dot@example.com' })
  const answer = await dot.gql(`mutation {
    one: updateProfile(input: { firstName: "One" }) { ... on UpdateProfileSuccess { user { firstName } } }
    two: updateProfile(input: { lastName: "Two" }) { ... on UpdateProfileSuccess { user { firstName lastName } } }
  }`)
  expect(answer.body.data?.two).toEqual({ user: { firstName: 'One', lastName: 'Two' } })
})

test('names are stored as they are typed, whatever they mean elsewhere', async () => {
  const { browser: eve } = await createUser(service(), { email: 'eve@example.com' })
  const names = { firstName: '{"$ne":null}', lastName: "O'Brien <b>&amp;" }
  expect((await updateProfile(eve, names)).data?.user).toEqual(names)
})
