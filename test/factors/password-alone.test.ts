// A stolen password: with a second factor, it opens nothing, whatever is sent to whichever field or route.
import {
  buildClientSchema,
  type GraphQLField,
  type GraphQLInputType,
  getIntrospectionQuery,
  getNamedType,
  type IntrospectionQuery,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
} from 'graphql'
import { ObjectId } from 'mongodb'
import { expect, test } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import { getSignedInEmail, PASSWORD } from '../testkit/client.ts'
import { createUserWithApp, startLogin } from '../testkit/factors.ts'
import { provideService } from '../testkit/fixtures.ts'
import { openStream } from '../testkit/stream.ts'

const service = provideService()
const UNKNOWN_ID = '0123456789abcdef01234567'

interface Known {
  email: string
  challenge: string
}

/** Builds a value of an input type by its name, of all that somebody knows who has only the password. */
function guess(name: string, type: GraphQLInputType, known: Known): unknown {
  if (isNonNullType(type)) return guess(name, type.ofType, known)
  if (isListType(type)) return [guess(name, type.ofType, known)]
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields())
    if (type.isOneOf) return { code: '000000' }
    return Object.fromEntries(fields.map((field) => [field.name, guess(field.name, field.type, known)]))
  }
  const texts: Record<string, unknown> = { email: known.email, challenge: known.challenge, rememberMe: false }
  if (name in texts) return texts[name]
  if (/password/i.test(name)) return PASSWORD
  if (isEnumType(type)) return type.getValues()[0]?.name
  const { name: typeName } = getNamedType(type)
  return { JSON: { id: 'AAAA' }, Boolean: true, Int: 1, DateTime: '2026-01-01T00:00:00Z' }[typeName] ?? UNKNOWN_ID
}

async function readFields(browser: Browser): Promise<{ kind: string; field: GraphQLField<unknown, unknown> }[]> {
  const { body } = await browser.gql<IntrospectionQuery>(
    getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true }),
  )
  if (!body.data) throw new Error('The schema cannot be read.')
  const schema = buildClientSchema(body.data)
  return [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
    Object.values(type?.getFields() ?? {}).map((field) => ({ kind: type?.name.toLowerCase() ?? '', field })),
  )
}

test('a password alone opens no field and no route for a user with a second factor', async () => {
  const { email, id } = await createUserWithApp(service())
  const sessions = service().db.collection('sessions')
  const before = await sessions.countDocuments({ 'session.userId': new ObjectId(id) })
  const browser = service().openBrowser()
  const fields = await readFields(browser)
  expect(fields.length).toBeGreaterThan(40)

  for (const { kind, field } of fields) {
    const { data } = await startLogin(browser, { email })
    const known = { email, challenge: String(data?.challenge) }
    const variables = Object.fromEntries(field.args.map((arg) => [arg.name, guess(arg.name, arg.type, known)]))
    const declared = field.args.map(({ name, type }) => `$${name}: ${type}`).join(', ')
    const given = field.args.map(({ name }) => `${name}: $${name}`).join(', ')
    const selection = isLeafType(getNamedType(field.type)) ? '' : '{ __typename }'
    const head = declared && `(${declared})`
    const { text } = await browser.gql(
      `${kind} ${head} { ${field.name}${given && `(${given})`} ${selection} }`,
      variables,
    )
    expect(text, field.name).not.toContain('BAD_USER_INPUT')
    expect(text, field.name).not.toMatch(/LoginSuccess|ReauthenticateSuccess|ConfirmTotpSuccess|AddPasskeySuccess/)
    expect(await getSignedInEmail(browser), field.name).toBeNull()
  }
  const stream = await openStream(service().url, browser)
  expect(await stream.waitForEnd()).toContain('UNAUTHENTICATED')
  expect(await sessions.countDocuments({ 'session.userId': new ObjectId(id) })).toBe(before)
})
