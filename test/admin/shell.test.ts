import { expect, onTestFinished, test } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import { getSignedInEmail, listUsers, logIn, signUp } from '../testkit/client.ts'
import { createTestDatabase } from '../testkit/database.ts'
import { startOwnService } from '../testkit/fixtures.ts'
import { createTemporaryDirectory } from '../testkit/process.ts'
import { startService } from '../testkit/service.ts'
import { runAdmin } from '../testkit/shell.ts'

async function createServerSettings(): Promise<Record<string, string>> {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  return { DATA_DIR: createTemporaryDirectory(), MONGODB_URI: database.uri }
}

/** The embedded database of a directory, and the server that the suite is run on, if any. */
const DATABASES: Record<string, () => Promise<Record<string, string>>> = {
  'the embedded database': async () => {
    const DATA_DIR = createTemporaryDirectory()
    return { DATA_DIR, MONGODB_URI: `embedded:${DATA_DIR}` }
  },
  ...(process.env.MONGODB_URI ? { 'a server': createServerSettings } : {}),
}

/** Starts a service with two users. */
async function startWithUsers(settings: Record<string, string>) {
  const service = await startService({ settings })
  const [ada, grace] = [service.openBrowser(), service.openBrowser()]
  await signUp(ada, { email: 'ada@example.com' })
  await signUp(grace, { email: 'Grace@Example.com' })
  const admin = (...words: string[]) => runAdmin(settings, words)
  return { service, ada, grace, admin }
}

const tryLogIn = async (browser: Browser, email: string) => (await logIn(browser, { email })).kind

for (const [name, createSettings] of Object.entries(DATABASES)) {
  test(`while the service runs on ${name}, each shell command takes effect at once, and none needs another ADMIN`, async () => {
    const { ada, grace, service, admin } = await startWithUsers(await createSettings())
    onTestFinished(() => service.close())
    expect(await admin('list')).toEqual({
      code: 0,
      out: 'ada@example.com\t-\tenabled\nGrace@Example.com\t-\tenabled\n',
      err: '',
    })
    expect((await listUsers(ada)).code).toBe('FORBIDDEN')
    const granted = await admin('grant-role', 'Ada@example.com', 'ADMIN')
    expect(granted).toMatchObject({ code: 0, out: 'ada@example.com has the role ADMIN.\n' })
    expect(JSON.parse(granted.err)).toMatchObject({ event: 'user.roles-set', by: 'shell', roles: ['ADMIN'] })
    expect((await listUsers(ada)).code).toBeUndefined()
    expect((await admin('revoke-role', 'ada@example.com', 'ADMIN')).out).toBe(
      'ada@example.com does not have the role ADMIN.\n',
    )
    expect((await listUsers(ada)).code).toBe('FORBIDDEN')

    expect((await admin('revoke-sessions', 'grace@example.com')).out).toBe('Ended sessions of Grace@Example.com: 1.\n')
    expect(await Promise.all([ada, grace].map(getSignedInEmail))).toEqual(['ada@example.com', null])
    expect(await tryLogIn(grace, 'grace@example.com')).toBe('LoginSuccess')

    await admin('grant-role', 'ada@example.com', 'ADMIN')
    const disabled = await admin('disable', 'ada@example.com')
    expect([disabled.code, disabled.out]).toEqual([0, 'ada@example.com is disabled, and every session has ended.\n'])
    expect(await getSignedInEmail(ada)).toBeNull()
    expect((await admin('list')).out).toContain('ada@example.com\tADMIN\tdisabled\n')
    expect(await tryLogIn(service.openBrowser(), 'ada@example.com')).toBe('InvalidCredentials')
    expect((await admin('enable', 'ada@example.com')).out).toBe('ada@example.com is enabled.\n')
    expect(await tryLogIn(ada, 'ada@example.com')).toBe('LoginSuccess')
    expect((await listUsers(ada)).code).toBeUndefined()
  })

  test(`shell commands on ${name} while no service runs are in effect when one starts`, async () => {
    const settings = await createSettings()
    const first = await startWithUsers(settings)
    await first.service.close()
    expect((await first.admin('grant-role', 'ada@example.com', 'SUPPORT')).code).toBe(0)
    expect((await first.admin('disable', 'grace@example.com')).code).toBe(0)
    expect((await first.admin('list')).out).toBe('ada@example.com\tSUPPORT\tenabled\nGrace@Example.com\t-\tdisabled\n')

    const browser = (await startOwnService({ settings })).openBrowser()
    expect(await tryLogIn(browser, 'grace@example.com')).toBe('InvalidCredentials')
    expect(await tryLogIn(browser, 'ada@example.com')).toBe('LoginSuccess')
    expect((await listUsers(browser)).page?.edges).toHaveLength(2)
  })

  test(`an unknown user is reported in one sentence on ${name}, with exit code 1, and nothing changes`, async () => {
    const settings = await createSettings()
    for (const words of [
      ['grant-role', 'nobody@example.com', 'ADMIN'],
      ['disable', ''],
    ]) {
      expect(await runAdmin(settings, words)).toEqual({
        code: 1,
        out: '',
        err: 'There is no user with that email address.\n',
      })
    }
    expect(await runAdmin(settings, ['list'])).toEqual({ code: 0, out: '', err: '' })
  })
}
