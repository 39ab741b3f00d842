// What a route of a clone's feature raises with a status of its own, as http-errors does.
import { expect, test } from 'vitest'
import { openBrowser } from '../testkit/browser.ts'
import { createClone } from '../testkit/clone.ts'
import { provideProcess } from '../testkit/process.ts'

const FEATURE = `
import express from 'express'
export default () => {
  const router = express.Router()
  router.get('/:status', (request) => {
    throw Object.assign(new Error('a secret'), { status: Number(request.params.status) })
  })
  return { resolvers: {}, route: { path: '/rejections', router } }
}
`

const service = provideProcess((onEnd) => ({ main: createClone(onEnd, { feature: FEATURE }) }))

test.each([
  [400, 400, 'BAD_REQUEST'],
  [403, 403, 'FORBIDDEN'],
  [404, 404, 'NOT_FOUND'],
  [409, 409, 'BAD_REQUEST'],
  [418, 418, 'BAD_REQUEST'],
  [451, 451, 'BAD_REQUEST'],
  [500, 500, 'INTERNAL_SERVER_ERROR'],
  [200, 500, 'INTERNAL_SERVER_ERROR'],
])('an error of a feature with the status %d is answered with %d and %s, and logged', async (raised, status, code) => {
  const answer = await openBrowser(await service().listening).get(`/rejections/${raised}`)
  expect(answer).toMatchObject({ status, body: { errors: [{ extensions: { code } }] } })
  expect(answer.text).not.toContain('secret')
  const requestId = answer.headers['x-request-id']
  const event = status === 500 ? 'request.failed' : 'request.rejected'
  await service().waitForLog((line) => line.event === event && line.requestId === requestId)
  expect(await service().waitForLog((line) => line.event === 'request' && line.requestId === requestId)).toMatchObject({
    status,
    outcome: code,
  })
})
