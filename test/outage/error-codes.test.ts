import { expect, onTestFinished, test } from 'vitest'
import { type ProxiedService, startBehindProxy } from '../testkit/behind-proxy.ts'
import { signUp, whoIs } from '../testkit/people.ts'
import { me } from '../testkit/verbs.ts'

const CANARY = { codeName: 'CanaryName', errmsg: 'canary: ada@example.com' }

async function ownStand(): Promise<ProxiedService> {
  const stand = await startBehindProxy()
  onTestFinished(() => stand.close())
  return stand
}

test('any error of the database is UNAVAILABLE, and its text is told to nobody', async () => {
  const { service, proxy } = await ownStand()
  const ada = service.browser()
  await signUp(ada)
  for (const code of [13, 18, 24, 50, 112, 121, 8_000, 11_601, 17_280, 99_999]) {
    for (const collection of ['sessions', 'users']) {
      const fault = proxy.fail({ command: 'find', collection, code, times: 2, ...CANARY })
      const answer = await me(ada)
      fault.lift()
      expect(answer, String(code)).toMatchObject({ status: 503, code: 'UNAVAILABLE', headers: { 'retry-after': '2' } })
      expect(answer.text).not.toMatch(/canary/i)
    }
  }
  expect(JSON.stringify(service.log)).not.toMatch(/canary/i)
  expect(service.log).toContainEqual(expect.objectContaining({ code: 11_601 }))
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

test('a write that the database refuses with an error of its own is UNAVAILABLE, too', async () => {
  const { service, proxy } = await ownStand()
  for (const collection of ['mails', 'sessions', 'users']) {
    const fault = proxy.fail({ command: 'insert', collection, code: 121, times: 2, ...CANARY })
    const answer = await signUp(service.browser())
    fault.lift()
    expect(answer).toMatchObject({ status: 503, code: 'UNAVAILABLE', setCookie: [] })
    expect(answer.text).not.toMatch(/canary/i)
  }
  expect(await service.db.collection('users').countDocuments()).toBe(0)
})
