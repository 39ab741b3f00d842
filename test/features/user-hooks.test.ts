// What a clone keeps about its users, in the built service in a directory of its own.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Browser, openBrowser } from '../testkit/browser.ts'
import { callField, changeEmail, getSignedInEmail, PASSWORD, verifyEmail } from '../testkit/client.ts'
import { copyWithoutExample } from '../testkit/clone.ts'
import { type ReceivedMail, readMail } from '../testkit/mail/mailbox.ts'
import { provideProcess, type ServiceProcess } from '../testkit/process.ts'

const SDL = `
extend input SignupInput { "The company." company: String "A field that cannot be stored." reserved: String }
extend type User { "The company." company: String @own(orScopes: [["users:read"]]) }
extend type Query { "What the feature has heard." heard: [String!] @public }
`

const FEATURE = `
const heard = []
export default () => ({
  resolvers: { Query: { heard: () => heard } },
  onSignup(input) {
    if ('password' in input) throw new Error('A feature sees the password.')
    if (input.reserved) return { [input.reserved]: 'x' }
    if (input.company === 'none') return [{ name: 'company', reason: 'REQUIRED', message: 'Enter a company.' }]
    return { company: input.company ?? null }
  },
  async onUserCreated({ email, company }) {
    heard.push('created ' + email + ' of ' + company)
  },
  async onEmailChanged({ email }) { heard.push('changed ' + email) },
})
`

const clone = provideProcess((onEnd) => {
  const directory = copyWithoutExample(onEnd)
  for (const path of ['schema/app', 'dist/features/companies']) mkdirSync(join(directory, path), { recursive: true })
  writeFileSync(join(directory, 'schema/app/company.graphql'), SDL)
  writeFileSync(join(directory, 'dist/features/companies/feature.js'), FEATURE)
  return { main: join(directory, 'dist/main.js') }
})

const signUpWith = (browser: Browser, input: object) =>
  callField(
    browser,
    'signup',
    `mutation ($input: SignupInput!) { signup(input: $input) { __typename
      ... on SignupSuccess { user { id company } } ... on InvalidInput { fields { name reason message } } } }`,
    { input: { password: PASSWORD, ...input } },
  )

/** Reads the first mail to an address, once it is written. */
async function readMailTo(service: ServiceProcess, address: string): Promise<ReceivedMail> {
  const passed = new Set<unknown>()
  for (;;) {
    const line = await service.waitForLog((entry) => entry.event === 'mail.written' && !passed.has(entry))
    passed.add(line)
    const mail = await readMail(String(line.file))
    if (mail.to === address) return mail
  }
}

const queryHeard = async (browser: Browser) =>
  (await browser.gql<{ heard: string[] }>('{ heard }')).body.data?.heard ?? []

test("a clone's own field is checked, stored with the user, shown to its owner and to nobody without the right", async () => {
  const browser = openBrowser(await clone().listening)
  const refused = await signUpWith(browser, { email: 'not an address', company: 'none' })
  expect(refused.data?.fields).toEqual([
    { name: 'email', reason: 'MALFORMED', message: 'Enter a valid email address.' },
    { name: 'company', reason: 'REQUIRED', message: 'Enter a company.' },
  ])
  const { data } = await signUpWith(browser, { email: 'ada@example.com', company: 'Example Works' })
  expect(data?.user).toMatchObject({ company: 'Example Works' })
  expect((await browser.gql('{ me { company } }')).body.data).toEqual({ me: { company: 'Example Works' } })
  const without = openBrowser(await clone().listening)
  expect((await signUpWith(without, { email: 'grace@example.com' })).data?.user).toMatchObject({ company: null })
})

test.each(['roles', 'passwordHash', 'generation', 'passkeys', '_id', 'a.b', '$set', '__proto__x'])(
  'a feature cannot store the field %s of users',
  async (reserved) => {
    const browser = openBrowser(await clone().listening)
    const { code } = await signUpWith(browser, { email: 'eve@example.com', reserved })
    expect(code).toBe('INTERNAL_SERVER_ERROR')
    expect(await getSignedInEmail(browser)).toBeNull()
    await clone().waitForLog((line) => JSON.stringify(line).includes(`cannot store the field ${reserved} of`))
  },
)

test('a feature hears of a new user, and of a confirmed new address', async () => {
  const browser = openBrowser(await clone().listening)
  await signUpWith(browser, { email: 'joan@example.com', company: 'Example Works' })
  await expect.poll(() => queryHeard(browser)).toContain('created joan@example.com of Example Works')
  expect((await signUpWith(openBrowser(await clone().listening), { email: 'joan@example.com' })).kind).toBe(
    'EmailTaken',
  )

  await changeEmail(browser, { email: 'joan.clarke@example.com' })
  const { token } = await readMailTo(clone(), 'joan.clarke@example.com')
  await verifyEmail(browser, { token })
  await expect.poll(() => queryHeard(browser)).toContain('changed joan.clarke@example.com')
  expect((await queryHeard(browser)).filter((line) => line.includes('joan@'))).toHaveLength(1)
})
