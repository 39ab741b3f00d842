import { beforeEach, expect, test } from 'vitest'
import {
  getSignedInEmail,
  listSessions,
  logIn,
  logOut,
  queryMe,
  requireSessionId,
  revokeSession,
} from '../testkit/client.ts'
import { provideProxiedService } from '../testkit/fixtures.ts'
import { createIdleUser, type User } from '../testkit/users.ts'

const service = provideProxiedService()
let ada: User
beforeEach(async () => {
  ada = await createIdleUser(service())
})

const parseSessionId = (cookie: string | undefined) => /^s:([^.]+)\./.exec(decodeURIComponent(cookie ?? ''))?.[1] ?? ''

test('the list of sessions holds neither a cookie’s id nor its hash, and an address without its last part', async () => {
  const phone = service().openBrowser({
    headers: { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko Firefox/130.0' },
  })
  await logIn(phone, { email: ada.email })
  const answer = await phone.gql('{ sessions { id current createdAt lastSeenAt device { userAgent name address } } }')
  const documents = await service().db.collection('sessions').find().toArray()
  for (const { _id } of documents) expect(answer.text).not.toContain(String(_id))
  for (const { cookie } of [phone, ada.browser]) {
    expect(answer.text).not.toContain(parseSessionId(cookie))
    expect(JSON.stringify(documents)).not.toContain(parseSessionId(cookie))
  }
  const list = answer.body.data?.sessions as unknown as { current: boolean; device: object }[]
  expect(list.find(({ current }) => current)?.device).toEqual({
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko Firefox/130.0',
    name: 'Firefox on Linux',
    address: '127.0.0.0',
  })
})

test('a user cannot revoke the session of another: its id, a wrong one and a hash get the same answer', async () => {
  const bob = await createIdleUser(service())
  const [document] = await service().db.collection('sessions').find({ 'session.userId': bob.id }).toArray()
  const answers = []
  for (const id of [
    await requireSessionId(bob.browser),
    'no such handle',
    String(document?._id),
    parseSessionId(bob.browser.cookie),
  ]) {
    answers.push((await revokeSession(ada.browser, { id })).text)
  }
  expect(answers[0]).toContain('"NotFound"')
  expect(new Set(answers).size).toBe(1)
  expect(await getSignedInEmail(bob.browser)).toBe(bob.email)
})

test('nothing in a dump of the database is a valid cookie', async () => {
  const [document] = await service().db.collection('sessions').find({ 'session.userId': ada.id }).toArray()
  const hash = String(document?._id)
  expect(hash).toMatch(/^[0-9a-f]{64}$/)
  const signature = decodeURIComponent(ada.browser.cookie ?? '').split('.')[1]
  for (const value of [
    hash,
    `s:${hash}`,
    `s:${hash}.${signature}`,
    document?.session.handle,
    document?.session.generation,
  ]) {
    const thief = service().openBrowser()
    thief.setCookie(encodeURIComponent(String(value)))
    expect(await getSignedInEmail(thief)).toBeNull()
  }
})

test('every answer of /graphql is no-store and has no ETag, so that there is never a 304', async () => {
  const answers = [
    await logIn(ada.browser, { email: ada.email }),
    await queryMe(ada.browser),
    await ada.browser.post('/graphql', { query: '{ session { id } }' }, { 'If-None-Match': '*' }),
    await ada.browser.post('/graphql', '{', {}),
    await ada.browser.get('/graphql?query={me{id}}', { 'If-None-Match': '*' }),
    await ada.browser.get('/account/export'),
    await logOut(ada.browser),
    await queryMe(ada.browser),
  ]
  expect(answers.map(({ headers }) => headers['cache-control'])).toEqual(Array(answers.length).fill('no-store'))
  expect(answers.filter(({ headers, status }) => headers.etag !== undefined || status === 304)).toEqual([])
})

test('a thousand requests with bad cookies of every kind make no session and set no cookie', async () => {
  const before = await service().db.collection('sessions').countDocuments()
  const kinds = ['x', 's%3A', 's%3Aabc.def', 'j%3A%7B%7D', '%E0%A4%A', `${ada.browser.cookie}x`]
  const ask = async (n: number) => {
    const anonymous = service().openBrowser()
    const kind = kinds[n % (kinds.length + 1)]
    if (kind) anonymous.setCookie(kind.replace('abc', `abc${n}`))
    const answer = await anonymous.gql('{ session { id } }')
    return { setCookie: answer.setCookie, data: answer.body.data }
  }
  const answers = []
  for (let batch = 0; batch < 40; batch += 1) {
    answers.push(...(await Promise.all(Array.from({ length: 25 }, (_, n) => ask(batch * 25 + n)))))
  }
  expect(answers.filter(({ setCookie, data }) => setCookie.length > 0 || data?.session !== null)).toEqual([])
  expect(await service().db.collection('sessions').countDocuments()).toBe(before)
  expect(await listSessions(ada.browser)).toHaveLength(1)
})
