import { expect, test } from 'vitest'
import { getSignedInEmail, queryMe, signUp } from '../testkit/client.ts'
import { startOwnProxiedService } from '../testkit/fixtures.ts'
import { moments } from '../testkit/mongo/holds.ts'

const CANARY = { codeName: 'CanaryName', errmsg: 'canary: ada@example.com' }

test('a temporary error of the database is UNAVAILABLE, and its text is told to nobody', async () => {
  const service = await startOwnProxiedService()
  const ada = service.openBrowser()
  await signUp(ada)
  for (const code of [50, 64, 262, 11_600, 14_031]) {
    for (const collection of ['sessions', 'users']) {
      const fault = service.proxy.fail({ command: 'find', collection, code, times: 2, ...CANARY })
      const answer = await queryMe(ada)
      fault.lift()
      expect(answer, String(code)).toMatchObject({ status: 503, code: 'UNAVAILABLE', headers: { 'retry-after': '2' } })
      expect(answer.text).not.toMatch(/canary/i)
    }
  }
  expect(JSON.stringify(service.log)).not.toMatch(/canary/i)
  expect(service.log).toContainEqual(expect.objectContaining({ code: 14_031 }))
  expect(await getSignedInEmail(ada)).toBe('ada@example.com')
})

test.each([91, 189, 10_107, 13_435])(
  'error %i, by which a server says that it is no longer the primary, is UNAVAILABLE',
  async (code) => {
    const service = await startOwnProxiedService()
    const ada = service.openBrowser()
    await signUp(ada)
    service.proxy.fail({ command: 'find', collection: 'users', code, times: 9, ...CANARY })
    expect(await queryMe(ada)).toMatchObject({ status: 503, code: 'UNAVAILABLE' })
    expect(JSON.stringify(service.log)).not.toMatch(/canary/i)
  },
)

test.each([2, 13, 18, 112, 121, 8_000, 17_280, 99_999])(
  'error %i, which another try cannot mend, is an internal error, and its text is told to nobody',
  async (code) => {
    const service = await startOwnProxiedService()
    const ada = service.openBrowser()
    await signUp(ada)
    for (const collection of ['sessions', 'users']) {
      const fault = service.proxy.fail({ command: 'find', collection, code, times: 2, ...CANARY })
      const answer = await queryMe(ada)
      fault.lift()
      expect(answer).toMatchObject({
        status: 200,
        code: 'INTERNAL_SERVER_ERROR',
        body: { errors: [{ message: 'Something went wrong.' }] },
      })
      expect(answer.headers['retry-after']).toBeUndefined()
    }
    expect(JSON.stringify(service.log)).not.toMatch(/canary/i)
    expect(service.log).toContainEqual(expect.objectContaining({ event: 'request.failed', code }))
    expect(await getSignedInEmail(ada)).toBe('ada@example.com')
  },
)

test('a sign-up that the database refuses leaves nothing behind', async () => {
  const service = await startOwnProxiedService()
  const writes = [{ command: 'insert', collection: 'mails' }, moments.sessionInsert, moments.signupCommit]
  for (const write of writes) {
    const fault = service.proxy.fail({ ...write, code: 121, times: 2, ...CANARY })
    const answer = await signUp(service.openBrowser())
    fault.lift()
    expect(answer).toMatchObject({ code: 'INTERNAL_SERVER_ERROR', setCookie: [] })
    expect(answer.text).not.toMatch(/canary/i)
  }
  expect(await service.db.collection('users').countDocuments()).toBe(0)
})
