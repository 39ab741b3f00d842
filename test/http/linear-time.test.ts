// A client may send 16 kB of the worst text for a pattern; each is read in time that grows with its length alone (OWASP: ReDoS).
import { expect, test } from 'vitest'
import { provideService } from '../testkit/fixtures.ts'
import { buildRawRequest, exchangeRaw, readStatuses } from '../testkit/http/raw.ts'

const service = provideService({ settings: { TRUST_PROXY: '1' } })
const LENGTH = 15_500
const RUNS = 10
const BODY = '{"query":"{__typename}"}'

const fill = (unit: string) => unit.repeat(Math.ceil(LENGTH / unit.length)).slice(0, LENGTH)

/** Measures the CPU time of some work in milliseconds, whatever else the machine does. */
async function measureCpu(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  for (let run = 0; run < RUNS; run += 1) await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** Expects linear time; quadratic patterns took 80 to 377 ms for one such text. */
async function expectLinear(send: (text: string) => Promise<unknown>, worst: string) {
  await send(fill('a'))
  const harmless = await measureCpu(() => send(fill('a')))
  expect(await measureCpu(() => send(worst))).toBeLessThan(3 * harmless + 300)
}

const send = async (headers: readonly string[]) => {
  const type = headers.some((line) => line.startsWith('Content-Type')) ? [] : ['Content-Type: application/json']
  const text = await exchangeRaw(service().url, buildRawRequest('POST /graphql', [...type, ...headers], BODY))
  expect(readStatuses(text).every((status) => status < 500)).toBe(true)
}

const TEXTS: Record<string, string> = {
  'spaces, then a letter': `${fill(' ')}x`,
  tabs: `x${fill('\t')}x`,
  semicolons: fill(';'),
  'semicolons and spaces': fill('; '),
  commas: fill(','),
  'commas and spaces': fill(' ,'),
  quotes: fill('"'),
  'escaped quotes': `a="${fill('\\"')}`,
  'equal signs': fill('a='),
  'parameters without a value': fill(';a'),
  colons: fill(':'),
  'dots and digits': fill('1.'),
  'percent signs': fill('%'),
  slashes: fill('/'),
  brackets: fill('['),
  'mapped addresses': fill('::ffff:'),
}

const HEADERS = ['Content-Type', 'Content-Encoding', 'Accept', 'Cookie', 'X-Forwarded-For', 'X-Forwarded-Proto']
const MORE_HEADERS = ['User-Agent', 'Origin', 'Host', 'If-None-Match', 'Sec-Fetch-Site', 'Accept-Encoding']

for (const header of [...HEADERS, ...MORE_HEADERS]) {
  const prefix = header === 'Content-Type' ? 'application/json' : header === 'Accept' ? 'application/json' : ''

  test(`the header ${header} is read in linear time, whatever it holds`, async () => {
    for (const worst of Object.values(TEXTS)) {
      await expectLinear((text) => send([`${header}: ${prefix}${text}`]), worst)
      if (header === 'Content-Type') await expectLinear((text) => send([`${header}: ${prefix};charset=${text}`]), worst)
    }
  })
}

const MUTATION = `mutation ($input: SignupInput!, $text: String!) {
  signup(input: $input) { __typename } updateProfile(input: { firstName: $text }) { __typename } logout { ended }
}`

test.each(Object.entries(TEXTS))('a text of an input is read in linear time: %s', async (_name, worst) => {
  const sign = (text: string) =>
    service()
      .openBrowser()
      .gql(MUTATION, { input: { email: `a@${text}`, password: 'short', firstName: text }, text: '' })
  await expectLinear(sign, worst)
  await expectLinear(
    (text) =>
      service()
        .openBrowser()
        .gql('query ($s: String) { users(search: $s, after: $s) { edges { cursor } } }', { s: text }),
    worst,
  )
})

test.each(['%', '.', ';', 'a='])('a path is read in linear time: %s', async (unit) => {
  await expectLinear((text) => service().openBrowser().get(`/${text}`), encodeURI(fill(unit)).slice(0, LENGTH))
})
