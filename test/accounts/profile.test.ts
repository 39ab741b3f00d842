import { expect, test } from 'vitest'
import { updateProfile } from '../testkit/account.ts'
import { sharedService } from '../testkit/lend.ts'
import { PASSWORD, signUp } from '../testkit/people.ts'
import { newcomer } from '../testkit/staff.ts'

const service = sharedService()

test('an absent field stays, null or blank clears', async () => {
  const ada = service().browser()
  await signUp(ada, 'ada@example.com', PASSWORD, { firstName: ' Ada ', lastName: 'Lovelace' })
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
  const bea = await newcomer(service(), 'bea@example.com')
  const longest = '😀'.repeat(100)
  expect((await updateProfile(bea, { firstName: ` ${longest} ` })).data?.user).toMatchObject({ firstName: longest })
  expect((await updateProfile(bea, { firstName: `${longest}x` })).data).toMatchObject({
    __typename: 'InvalidInput',
    fields: [{ name: 'firstName', reason: 'TOO_LONG' }],
  })
  expect((await bea.gql('{ me { firstName } }')).body.data?.me).toEqual({ firstName: longest })
})

test.each(['a\u0000b', 'a\r\nb', 'a\u001bb', 'a\u0085b', 'a\u2028b', 'a\u202eb', 'a\ud800b'])(
  'a name with a sign that cannot be printed (%j) is refused, and so is the rest of the change',
  async (lastName) => {
    const who = service().browser()
    await signUp(who, `u${encodeURIComponent(lastName.toWellFormed()).replaceAll('%', '').toLowerCase()}@example.com`)
    const refused = await updateProfile(who, { firstName: 'Fine', lastName })
    expect(refused.data).toMatchObject({ fields: [{ name: 'lastName', reason: 'MALFORMED' }] })
    expect((await who.gql('{ me { firstName lastName } }')).body.data?.me).toEqual({ firstName: null, lastName: null })
  },
)

test('every field at fault is named', async () => {
  const cid = await newcomer(service(), 'cid@example.com')
  const { data } = await updateProfile(cid, { firstName: 'a\nb', lastName: 'x'.repeat(101) })
  expect(data?.fields).toMatchObject([
    { name: 'firstName', reason: 'MALFORMED' },
    { name: 'lastName', reason: 'TOO_LONG' },
  ])
})

test('a change is seen by the rest of the same operation', async () => {
  const dot = await newcomer(service(), 'dot@example.com')
  const answer = await dot.gql(`mutation {
    one: updateProfile(input: { firstName: "One" }) { ... on UpdateProfileSuccess { user { firstName } } }
    two: updateProfile(input: { lastName: "Two" }) { ... on UpdateProfileSuccess { user { firstName lastName } } }
  }`)
  expect(answer.body.data?.two).toEqual({ user: { firstName: 'One', lastName: 'Two' } })
})

test('names are kept as they are, whatever they mean elsewhere', async () => {
  const eve = await newcomer(service(), 'eve@example.com')
  const names = { firstName: '{"$ne":null}', lastName: "O'Brien <b>&amp;" }
  expect((await updateProfile(eve, names)).data?.user).toEqual(names)
})
