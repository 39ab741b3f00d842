// OWASP ASVS 5.0, 7.4.1: after a logout the session cannot be used any more.
import { beforeEach, expect, test } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import { getSignedInEmail, logOut } from '../testkit/client.ts'
import { provideProxiedService } from '../testkit/fixtures.ts'
import { createIdleUser, type User } from '../testkit/users.ts'

const service = provideProxiedService()
let ada: User
beforeEach(async () => {
  ada = await createIdleUser(service())
})

const CLEARED = 'sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax'

interface Shape {
  kind: string
  name: string | null
  ofType: Shape | null
}
interface Field {
  name: string
  description: string | null
  args: { name: string; type: Shape; defaultValue: string | null }[]
  type: Shape
}
interface Type {
  name: string
  kind: string
  isOneOf: boolean | null
  fields: Field[] | null
  inputFields: { name: string; type: Shape }[] | null
  enumValues: { name: string }[] | null
}

const SHAPE = 'kind name ofType { kind name ofType { kind name ofType { kind name } } }'
const SCHEMA = `{ __schema { types { name kind isOneOf enumValues { name } inputFields { name type { ${SHAPE} } }
  fields { name description args { name defaultValue type { ${SHAPE} } } type { ${SHAPE} } } } } }`

/** Builds a request for each root field that needs a session, with any arguments of the right types. */
async function buildGuardedRequests(browser: Browser): Promise<string[]> {
  const { body } = await browser.gql<{ __schema: { types: Type[] } }>(SCHEMA)
  const types = new Map((body.data?.__schema.types ?? []).map((type) => [type.name, type]))
  const named = (shape: Shape): Type | undefined => (shape.ofType ? named(shape.ofType) : types.get(shape.name ?? ''))

  function literal(shape: Shape): string {
    if (shape.kind === 'NON_NULL' && shape.ofType) return literal(shape.ofType)
    if (shape.kind === 'LIST') return '[]'
    const type = named(shape)
    if (type?.kind === 'ENUM') return type.enumValues?.[0]?.name ?? ''
    if (type?.kind === 'INPUT_OBJECT') {
      const fields = type.isOneOf ? type.inputFields?.slice(0, 1) : type.inputFields
      return `{ ${fields?.map((field) => `${field.name}: ${literal(field.type)}`).join(', ')} }`
    }
    return { Int: '1', Boolean: 'true', DateTime: '"2026-01-01T00:00:00Z"' }[type?.name ?? ''] ?? '"x"'
  }

  const buildRequests = (root: string, operation: string) =>
    (types.get(root)?.fields ?? [])
      .filter(({ description }) => /Guard: signed-in users/.test(description ?? ''))
      .map(({ name, args, type }) => {
        const given = args.map((arg) => `${arg.name}: ${literal(arg.type)}`).join(', ')
        const leaf = ['SCALAR', 'ENUM'].includes(named(type)?.kind ?? '')
        return `${operation} { ${name}${given && `(${given})`} ${leaf ? '' : '{ __typename }'} }`
      })
  return [...buildRequests('Query', 'query'), ...buildRequests('Mutation', 'mutation')]
}

test('after a logout the old cookie is refused by every guarded field', async () => {
  const thief = ada.browser.clone()
  const requests = await buildGuardedRequests(thief)
  expect(requests.length).toBeGreaterThan(10)
  await logOut(ada.browser)
  for (const request of requests) {
    const { code, setCookie, status } = await thief.gql(request)
    expect({ request, code, setCookie, status }).toEqual({
      request,
      code: 'UNAUTHENTICATED',
      setCookie: [],
      status: 200,
    })
  }
  expect((await thief.get('/account/export')).status).toBe(401)
})

test('a logout deletes the session document, and clears the cookie with the attributes it was set with', async () => {
  const { body, setCookie } = await logOut(ada.browser)
  expect(body.data?.logout).toEqual({ ended: true })
  expect(setCookie).toEqual([CLEARED])
  expect(ada.browser.cookie).toBeUndefined()
  expect(await service().db.collection('sessions').countDocuments({ 'session.userId': ada.id })).toBe(0)
})

test('a logout leaves the other sessions of the user', async () => {
  const phone = await ada.logInElsewhere()
  await logOut(ada.browser)
  expect(await getSignedInEmail(phone)).toBe(ada.email)
})

test('a second logout with the same cookie is answered like any other', async () => {
  const tab = ada.browser.clone()
  await logOut(ada.browser)
  expect(await logOut(tab)).toMatchObject({
    status: 200,
    setCookie: [CLEARED],
    body: { data: { logout: { ended: false } } },
  })
})

test('a logout without a cookie clears none', async () => {
  const anonymous = service().openBrowser()
  expect(await logOut(anonymous)).toMatchObject({
    status: 200,
    setCookie: [],
    body: { data: { logout: { ended: false } } },
  })
})

for (const garbage of ['x', 's%3Aabc.def', 's%3A', 'j%3A%7B%7D', '%E0%A4%A']) {
  test(`a logout with the cookie ${garbage} clears it`, async () => {
    const anonymous = service().openBrowser()
    anonymous.setCookie(garbage)
    expect(await logOut(anonymous)).toMatchObject({
      status: 200,
      setCookie: [CLEARED],
      body: { data: { logout: { ended: false } } },
    })
  })
}

test('a logout with an expired session clears the cookie', async () => {
  service().clock.advance(24 * 60 * 60_000)
  expect(await logOut(ada.browser)).toMatchObject({
    status: 200,
    setCookie: [CLEARED],
    body: { data: { logout: { ended: false } } },
  })
  expect(await service().db.collection('sessions').countDocuments({ 'session.userId': ada.id })).toBe(0)
})

test('of fifty parallel logouts one ends the session, and none fails', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => logOut(ada.browser.clone())))
  expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200))
  expect(answers.filter(({ body }) => body.data?.logout?.ended as unknown as boolean)).toHaveLength(1)
  expect(await getSignedInEmail(ada.browser)).toBeNull()
})
