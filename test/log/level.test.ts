import { expect, test } from 'vitest'
import { logIn, signUp } from '../testkit/client.ts'
import { startOwnService } from '../testkit/fixtures.ts'

test.each([
  ['info', ['info']],
  ['warn', []],
  ['silent', []],
])('with LOG_LEVEL=%s the log has no line below that level', async (level, levels) => {
  const service = await startOwnService({ settings: { LOG_LEVEL: level } })
  await signUp(service.openBrowser())
  await logIn(service.openBrowser())
  expect([...new Set(service.log.map((line) => line.level))].sort()).toEqual(levels)
})
