// The front-end code that the documentation prints, compiled and run against the service.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type ApolloClient, gql } from '@apollo/client'
import { expect, onTestFinished, test } from 'vitest'
import { logIn, logOut, PASSWORD, signUp } from '../testkit/client.ts'
import { frontEndSnippets, layOutApp } from '../testkit/front-end.ts'
import { type ServiceOptions, startService } from '../testkit/service.ts'

const run = promisify(execFile)
const tsc = new URL('../../node_modules/.bin/tsc', import.meta.url).pathname

async function serveApp(options: ServiceOptions = {}) {
  const service = await startService(options)
  const project = layOutApp('same origin', service.url)
  onTestFinished(() => {
    project.remove()
    return service.close()
  })
  return { service, directory: project.directory }
}

/** Renders one request of a visitor with the documented code. */
async function render(directory: string, cookie: string | undefined): Promise<unknown> {
  const { clientFor }: { clientFor(cookie: string | undefined): ApolloClient } = await import(
    join(directory, 'server/client-for.ts')
  )
  const answer = await clientFor(cookie).query({ query: gql`{ session { user { email } } }` })
  return answer.data
}

test("every block of code on the documentation's page names its file", () => {
  expect(frontEndSnippets().map(({ file }) => file)).toEqual([
    ...['', 'src/auth.ts', 'src/auth.ts', 'src/main.tsx', 'src/App.tsx'],
    ...['src/SecondFactor.tsx', 'src/StepUp.tsx'],
    ...['vite.config.ts', 'next.config.mjs', 'server/client-for.ts', 'script.mjs'],
  ])
})

test.each(['same origin', 'another origin'] as const)(
  'the documented front-end code compiles strictly, for %s',
  async (version) => {
    const { directory, remove } = layOutApp(version, 'https://api.example.com')
    onTestFinished(remove)
    await run(tsc, ['-p', directory]).catch(({ stdout }) => expect.fail(stdout))
  },
)

test('the documented cache knows all Problem types of the service', async () => {
  const { service, directory } = await serveApp()
  const { clientFor }: { clientFor(cookie: null): ApolloClient } = await import(join(directory, 'server/client-for.ts'))
  const { body } = await service.openBrowser().gql('{ __type(name: "Problem") { possibleTypes { name } } }')
  const types = body.data?.__type?.possibleTypes as unknown as { name: string }[]
  const { cache } = clientFor(null)
  expect(types.length).toBeGreaterThan(5)
  for (const { name } of types) {
    const query = gql`{ answer { __typename ... on Problem { message } } }`
    cache.writeQuery({ query, data: { answer: { __typename: name, message: 'A sentence.' } } })
    expect(cache.readQuery({ query })).toEqual({ answer: { __typename: name, message: 'A sentence.' } })
  }
})

test('the documented server rendering acts as the visitor whose cookie it forwards, and as nobody without one', async () => {
  const { service, directory } = await serveApp()
  const [ada, grace] = [service.openBrowser(), service.openBrowser()]
  await signUp(ada)
  await signUp(grace, { email: 'grace@example.com' })

  const [forAda, forGrace, forNobody] = await Promise.all([
    render(directory, `theme=dark; sid=${ada.cookie}`),
    render(directory, `sid=${grace.cookie}`),
    render(directory, undefined),
  ])
  expect(forAda).toMatchObject({ session: { user: { email: 'ada@example.com' } } })
  expect(forGrace).toMatchObject({ session: { user: { email: 'grace@example.com' } } })
  expect(forNobody).toEqual({ session: null })

  await logOut(ada)
  expect(await render(directory, `sid=${ada.cookie}`)).toEqual({ session: null })
})

test('the documented server rendering works for visitors over https, though the server itself uses http', async () => {
  const settings = { PUBLIC_URL: 'https://app.example.com', TRUST_PROXY: '1' }
  const { service, directory } = await serveApp({ settings })
  const ada = service.openBrowser({ headers: { 'X-Forwarded-Proto': 'https' } })
  await signUp(ada)
  expect(await render(directory, `__Host-sid=${ada.cookie}`)).toMatchObject({
    session: { user: { email: 'ada@example.com' } },
  })
})

test('the documented script logs in, reads and logs out, ending its own session and no other', async () => {
  const { service, directory } = await serveApp()
  const ada = service.openBrowser({ headers: { 'User-Agent': 'curl/8' } })
  await signUp(ada)
  const env = { PATH: process.env.PATH, EMAIL: 'ada@example.com', PASSWORD }
  const { stdout, stderr } = await run(process.execPath, ['script.mjs'], { cwd: directory, env })
  expect(stderr).toBe('')
  const { me, sessions }: { me: object; sessions: { device: { name: string } }[] } = JSON.parse(stdout)
  expect(me).toMatchObject({ email: 'ada@example.com' })
  expect(sessions.map(({ device }) => device.name).sort()).toEqual(['curl', 'node'])
  const { body } = await ada.gql('{ sessions { current } }')
  expect(body.data).toEqual({ sessions: [{ current: true }] })
})

test('the documented script stops with the message of the service where the password is wrong', async () => {
  const { service, directory } = await serveApp()
  await signUp(service.openBrowser())
  const env = { PATH: process.env.PATH, EMAIL: 'ada@example.com', PASSWORD: 'not the password of anybody' }
  const failure = run(process.execPath, ['script.mjs'], { cwd: directory, env })
  await expect(failure).rejects.toMatchObject({
    stderr: expect.stringContaining('The email address or the password is wrong.'),
  })
})

test('the documented settings of Next forward /graphql, and the origin stays that of the page', async () => {
  const page = 'http://localhost:3000'
  const { service, directory } = await serveApp({ settings: { ALLOWED_ORIGINS: page } })
  const { default: settings }: { default: { rewrites(): Promise<{ source: string; destination: string }[]> } } =
    await import(join(directory, 'next.config.mjs'))
  expect(await settings.rewrites()).toEqual([{ source: '/graphql', destination: `${service.url}/graphql` }])
  const asNextSendsIt = service.openBrowser({ headers: { Origin: page, 'Sec-Fetch-Site': 'same-origin' } })
  await signUp(asNextSendsIt)
  expect((await logIn(asNextSendsIt)).data).toMatchObject({ __typename: 'LoginSuccess' })
  expect((await logIn(service.openBrowser({ headers: { Origin: 'http://localhost:3001' } }))).code).toBe(
    'FORBIDDEN_ORIGIN',
  )
})
