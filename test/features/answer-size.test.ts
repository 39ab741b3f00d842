import { expect, test } from 'vitest'
import { startOwnService } from '../testkit/fixtures.ts'

test('an answer of more than 2 MB is refused before it is complete', async () => {
  const service = await startOwnService()
  const now = new Date()
  const text = '漢'.repeat(1000)
  const notes = Array.from({ length: 100 }, () => ({ userId: 'f'.repeat(24), text, createdAt: now, publishedAt: now }))
  await service.db.collection('notes').insertMany(notes)
  const ask = (aliases: number) =>
    service
      .openBrowser()
      .gql(`{ publishedNotes { ${Array.from({ length: aliases }, (_, i) => `a${i}: text`).join(' ')} } }`)

  const within = await ask(6)
  expect(within.status).toBe(200)
  expect(within.text.length).toBeGreaterThan(600_000)

  const beyond = await ask(7)
  expect(beyond.status).toBe(400)
  expect(beyond.body).toEqual({
    errors: [{ message: 'The answer is larger than 2 MB.', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
  })
  expect(service.log.at(-1)).toMatchObject({ event: 'request', outcome: 'GRAPHQL_VALIDATION_FAILED' })
})
