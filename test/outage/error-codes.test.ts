import { expect, onTestFinished, test } from 'vitest'
import { type ProxiedService, startBehindProxy } from '../testkit/behind-proxy.ts'
import { moments } from '../testkit/held.ts'
import { signUp, whoIs } from '../testkit/people.ts'
import { me } from '../testkit/verbs.ts'

const CANARY = { codeName: 'CanaryName', errmsg: 'canary: ada@example.com' }

async function ownStand(): Promise<ProxiedService> {
  const stand = await startBehindProxy()
  onTestFinished(() => stand.close())
  return stand
}

test('an error of the database that passes is an outage, and its text is told to nobody', async () => {
  const { service, proxy } = await ownStand()
  const ada = service.browser()
  await signUp(ada)
  for (const code of [50, 64, 262, 11_600, 14_031]) {
    for (const collection of ['sessions', 'users']) {
      const fault = proxy.fail({ command: 'find', collection, code, times: 2, ...CANARY })
      const answer = await me(ada)
      fault.lift()
      expect(answer, String(code)).toMatchObject({ status: 503, code: 'UNAVAILABLE', headers: { 'retry-after': '2' } })
      expect(answer.text).not.toMatch(/canary/i)
    }
  }
  expect(JSON.stringify(service.log)).not.toMatch(/canary/i)
  expect(service.log).toContainEqual(expect.objectContaining({ code: 14_031 }))
  expect(await whoIs(ada)).toBe('ada@example.com')
})

test.each([91, 189, 10_107, 13_435])(
  'so is %i, by which a server says that it is no primary any more',
  async (code) => {
    const { service, proxy } = await ownStand()
    const ada = service.browser()
    await signUp(ada)
    proxy.fail({ command: 'find', collection: 'users', code, times: 9, ...CANARY })
    expect(await me(ada)).toMatchObject({ status: 503, code: 'UNAVAILABLE' })
    expect(JSON.stringify(service.log)).not.toMatch(/canary/i)
  },
)

test.each([2, 13, 18, 112, 121, 8_000, 17_280, 99_999])(
  'an error that another try cannot mend, such as %i, is no outage, and its text is told to nobody',
  async (code) => {
    const { service, proxy } = await ownStand()
    const ada = service.browser()
    await signUp(ada)
    for (const collection of ['sessions', 'users']) {
      const fault = proxy.fail({ command: 'find', collection, code, times: 2, ...CANARY })
      const answer = await me(ada)
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
    expect(await whoIs(ada)).toBe('ada@example.com')
  },
)

test('a sign-up that the database refuses leaves nothing behind', async () => {
  const { service, proxy } = await ownStand()
  const writes = [{ command: 'insert', collection: 'mails' }, moments.insertion, moments.signupCommit]
  for (const write of writes) {
    const fault = proxy.fail({ ...write, code: 121, times: 2, ...CANARY })
    const answer = await signUp(service.browser())
    fault.lift()
    expect(answer).toMatchObject({ code: 'INTERNAL_SERVER_ERROR', setCookie: [] })
    expect(answer.text).not.toMatch(/canary/i)
  }
  expect(await service.db.collection('users').countDocuments()).toBe(0)
})
