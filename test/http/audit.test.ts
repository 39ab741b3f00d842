// The GraphQL over HTTP specification, by the audit of graphql-http.
import { serverAudits } from 'graphql-http'
import { expect, test } from 'vitest'
import { provideService } from '../testkit/fixtures.ts'

const service = provideService()

/** Where the contract differs: no GET, and 400 for a wrong request, whatever type of answer the client accepts. */
const OTHERWISE = [
  'MAY accept application/x-www-form-urlencoded formatted GET requests',
  'MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/graphql-response+json',
  'MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/json',
  'SHOULD use 200 status code on document parsing failure when accepting application/json',
  'SHOULD use 200 status code on document validation failure when accepting application/json',
  'SHOULD use a status code of 200 on variable coercion failure when accepting application/json',
]

const audits = serverAudits({ url: () => `${service().url}/graphql` })

test.each(audits.filter(({ name }) => !OTHERWISE.includes(name)))('$name', async ({ fn }) => {
  expect(await fn()).toMatchObject({ status: 'ok' })
})

test('the service differs from the specification in what is listed here, and in nothing that it demands', async () => {
  const others = audits.filter(({ name }) => OTHERWISE.includes(name))
  expect(others).toHaveLength(OTHERWISE.length)
  for (const { fn } of others) expect((await fn()).status).toMatch(/^(notice|warn)$/)
})
