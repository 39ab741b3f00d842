// A storm of attempts is counted by turn, so that everybody else is answered meanwhile.
import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'
import { getSignedInEmail, logIn, OTHER_PASSWORD, signUp } from '../testkit/client.ts'
import { startOwnProxiedService } from '../testkit/fixtures.ts'

const AT_ONCE = 2 * availableParallelism()
const ATTEMPTS = AT_ONCE + 12
const COUNT = { command: 'findAndModify', collection: 'rateLimits' }

test('of many attempts at once two are counted for each core, others are answered meanwhile, and each attempt in its turn', async () => {
  const service = await startOwnProxiedService({
    settings: { LIMIT_LOGIN: '100 per 15m', LIMIT_LOGIN_ADDRESS: 'off' },
  })
  const ada = service.openBrowser()
  await signUp(ada)
  const gates = Array.from({ length: ATTEMPTS }, () => service.proxy.hold(COUNT))
  let reached = 0
  for (const gate of gates) void gate.reached.then(() => (reached += 1))
  const attempts = gates.map((_gate, n) =>
    logIn(service.openBrowser(), { email: `user${n}@example.com`, password: OTHER_PASSWORD }),
  )
  await Promise.all(gates.slice(0, AT_ONCE).map((gate) => gate.reached))
  expect(await getSignedInEmail(ada)).toBe('ada@example.com')
  expect(reached).toBe(AT_ONCE)
  for (const gate of gates) gate.release()
  expect((await Promise.all(attempts)).map(({ kind }) => kind)).toEqual(Array(ATTEMPTS).fill('InvalidCredentials'))
})
