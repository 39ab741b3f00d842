// OWASP ASVS 5.0, 7.3: idle and absolute limits of sessions.
import { expect, test } from 'vitest'
import { DAYS, HOURS, MINUTES } from '../../src/units.ts'
import type { Browser } from '../testkit/browser.ts'
import { findSession, getSignedInEmail, listSessions, logIn } from '../testkit/client.ts'
import { provideProxiedService } from '../testkit/fixtures.ts'
import { startService } from '../testkit/service.ts'
import { createIdleUser, type User } from '../testkit/users.ts'

const service = provideProxiedService()

const advance = (ms: number) => service().clock.advance(ms)
const now = () => service().clock.now().getTime()

interface Kind {
  idle: number
  absolute: number
  /** Creates a user with two sessions that begin now. */
  begin(): Promise<{ ada: User; used: Browser; left: Browser }>
}

async function openTwoSessions(ada: User, more: object): Promise<{ ada: User; used: Browser; left: Browser }> {
  const [used, left] = [service().openBrowser(), service().openBrowser()]
  await logIn(used, { email: ada.email, ...more })
  await logIn(left, { email: ada.email, ...more })
  return { ada, used, left }
}

const KINDS: Record<string, Kind> = {
  ordinary: {
    idle: 24 * HOURS,
    absolute: 7 * DAYS,
    begin: async () => openTwoSessions(await createIdleUser(service()), {}),
  },
  remembered: {
    ...{ idle: 14 * DAYS, absolute: 30 * DAYS },
    begin: async () => openTwoSessions(await createIdleUser(service()), { rememberMe: true }),
  },
  staff: {
    idle: 30 * MINUTES,
    absolute: 8 * HOURS,
    begin: async () => openTwoSessions(await createIdleUser(service(), { roles: ['SUPPORT'] }), {}),
  },
  'remembered staff': {
    ...{ idle: 30 * MINUTES, absolute: 8 * HOURS },
    begin: async () => openTwoSessions(await createIdleUser(service(), { roles: ['ADMIN'] }), { rememberMe: true }),
  },
}

/** Copies the cookie without its Expires, so that the server decides and not the jar. */
function copyCookie(browser: Browser): Browser {
  const fresh = service().openBrowser()
  fresh.setCookie(browser.cookie ?? '')
  return fresh
}

for (const [name, { idle, absolute, begin }] of Object.entries(KINDS)) {
  test(`a session (${name}) lives unused to the last millisecond of the idle limit, and not one longer`, async () => {
    const { ada, used, left } = await begin()
    const [first, second] = [copyCookie(used), copyCookie(left)]
    advance(idle - 1)
    expect(await getSignedInEmail(first)).toBe(ada.email)
    advance(1)
    expect(await getSignedInEmail(second)).toBeNull()
    expect(await getSignedInEmail(first)).toBe(ada.email)
    expect((await listSessions(first)).map(({ current }) => current)).toEqual([true])
  })

  test(`a session (${name}) ends at the absolute limit to the millisecond, though it is used all the time`, async () => {
    const { ada, used } = await begin()
    const browser = copyCookie(used)
    const began = now()
    const step = idle - 1
    while (now() + step < began + absolute) {
      advance(step)
      expect(await getSignedInEmail(browser)).toBe(ada.email)
    }
    advance(began + absolute - 1 - now())
    const last = await findSession(browser)
    expect(last?.expiresAt).toBe(new Date(began + absolute).toISOString())
    advance(1)
    expect(await getSignedInEmail(browser)).toBeNull()
  })
}

test('a session past its limit is over while its document is still there', async () => {
  const ada = await createIdleUser(service())
  const sessions = service().db.collection('sessions')
  advance(24 * HOURS)
  await sessions.updateMany({ 'session.userId': ada.id }, { $set: { expires: new Date(now() + 365 * DAYS) } })
  expect(await getSignedInEmail(ada.browser)).toBeNull()
  const phone = await ada.logInElsewhere()
  expect(await listSessions(phone)).toHaveLength(1)
})

test('a lowered limit holds from the next request on', async () => {
  const ada = await createIdleUser(service())
  const settings = {
    SESSION_IDLE: '10m',
    SESSION_ABSOLUTE: '1h',
    SESSION_SECRET: 'a secret that two services share: 32',
  }
  const generous = await startService({
    databaseUri: service().directUri,
    clock: service().clock,
    settings: { SESSION_SECRET: settings.SESSION_SECRET },
  })
  const strict = await startService({ databaseUri: service().directUri, clock: service().clock, settings })
  try {
    const [young, old] = [generous.openBrowser(), generous.openBrowser()]
    await logIn(old, { email: ada.email })
    advance(10 * MINUTES)
    await logIn(young, { email: ada.email })
    const readBoth = async (browser: Browser) => {
      const there = strict.openBrowser()
      there.setCookie(browser.cookie ?? '')
      return { here: await getSignedInEmail(browser), there: await getSignedInEmail(there) }
    }
    expect(await readBoth(young)).toEqual({ here: ada.email, there: ada.email })
    const listed = strict.openBrowser()
    listed.setCookie(young.cookie ?? '')
    expect(await listSessions(listed)).toHaveLength(1)
    const idle = strict.openBrowser()
    idle.setCookie(old.cookie ?? '')
    expect(await getSignedInEmail(idle)).toBeNull()
  } finally {
    await generous.close()
    await strict.close()
  }
})

test('a user who becomes staff has the limits of staff from the next request on, and their own again after', async () => {
  const ada = await createIdleUser(service())
  const roles = (given: string[]) =>
    service()
      .db.collection('users')
      .updateOne({ emailCanonical: ada.email }, { $set: { roles: given } })
  advance(31 * MINUTES)
  await roles(['SUPPORT'])
  expect(await getSignedInEmail(ada.browser)).toBeNull()
  await roles([])
  expect(await getSignedInEmail(ada.browser)).toBe(ada.email)
})

test('two services whose clocks differ by two minutes see the same sessions', async () => {
  const ada = await createIdleUser(service())
  const settings = { SESSION_SECRET: 'a secret that two services share: 32' }
  const early = await startService({ databaseUri: service().directUri, settings })
  const late = await startService({ databaseUri: service().directUri, settings })
  late.clock.advance(2 * MINUTES + early.clock.now().getTime() - late.clock.now().getTime())
  try {
    const phone = late.openBrowser()
    await logIn(phone, { email: ada.email })
    const there = early.openBrowser()
    there.setCookie(phone.cookie ?? '')
    expect(await getSignedInEmail(there)).toBe(ada.email)
    early.clock.advance(24 * HOURS - 1)
    late.clock.advance(24 * HOURS - 1)
    expect(await getSignedInEmail(phone)).toBe(ada.email)
    early.clock.advance(24 * HOURS + 2 * MINUTES - 1)
    expect(await getSignedInEmail(there)).toBe(ada.email)
    early.clock.advance(24 * HOURS)
    expect(await getSignedInEmail(there)).toBeNull()
  } finally {
    await early.close()
    await late.close()
  }
})
