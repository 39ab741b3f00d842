import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DAYS, HOURS, MINUTES } from '../../src/units.ts'
import type { Browser } from '../testkit/browser.ts'
import { type Cast, type Somebody, startCast } from '../testkit/cast.ts'
import { logIn, whoIs } from '../testkit/people.ts'
import { startService } from '../testkit/service.ts'
import { sessionOf, sessionsOf } from '../testkit/verbs.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast()
})
afterAll(() => cast.close())

const advance = (ms: number) => cast.service.clock.advance(ms)
const now = () => cast.service.clock.now().getTime()

interface Kind {
  idle: number
  absolute: number
  /** Somebody with two sessions that begin now. */
  begin(): Promise<{ ada: Somebody; used: Browser; left: Browser }>
}

async function twoSessions(ada: Somebody, more: object): Promise<{ ada: Somebody; used: Browser; left: Browser }> {
  const [used, left] = [cast.service.browser(), cast.service.browser()]
  await logIn(used, ada.email, undefined, more)
  await logIn(left, ada.email, undefined, more)
  return { ada, used, left }
}

const KINDS: Record<string, Kind> = {
  ordinary: { idle: 24 * HOURS, absolute: 7 * DAYS, begin: async () => twoSessions(await cast.somebody(), {}) },
  remembered: {
    ...{ idle: 14 * DAYS, absolute: 30 * DAYS },
    begin: async () => twoSessions(await cast.somebody(), { rememberMe: true }),
  },
  staff: {
    idle: 30 * MINUTES,
    absolute: 8 * HOURS,
    begin: async () => twoSessions(await cast.somebody('SUPPORT'), {}),
  },
  'remembered staff': {
    ...{ idle: 30 * MINUTES, absolute: 8 * HOURS },
    begin: async () => twoSessions(await cast.somebody('ADMIN'), { rememberMe: true }),
  },
}

/** The cookie as it was, whatever the jar makes of its Expires: the server is the judge. */
function sending(who: Browser): Browser {
  const fresh = cast.service.browser()
  fresh.setCookie(who.cookie ?? '')
  return fresh
}

for (const [name, { idle, absolute, begin }] of Object.entries(KINDS)) {
  describe(`a session of the kind ${name}`, () => {
    test('7.3.1, C-34, C-31: lives without a request to the last millisecond of the idle limit, and not one longer', async () => {
      const { ada, used, left } = await begin()
      const [first, second] = [sending(used), sending(left)]
      advance(idle - 1)
      expect(await whoIs(first)).toBe(ada.email)
      advance(1)
      expect(await whoIs(second)).toBeNull()
      expect(await whoIs(first)).toBe(ada.email)
      expect((await sessionsOf(first)).map(({ current }) => current)).toEqual([true])
    })

    test('7.3.2, C-35: ends at the absolute limit to the millisecond, though it is used all the time', async () => {
      const { ada, used } = await begin()
      const who = sending(used)
      const began = now()
      const step = idle - 1
      while (now() + step < began + absolute) {
        advance(step)
        expect(await whoIs(who)).toBe(ada.email)
      }
      advance(began + absolute - 1 - now())
      const last = await sessionOf(who)
      expect(last?.expiresAt).toBe(new Date(began + absolute).toISOString())
      advance(1)
      expect(await whoIs(who)).toBeNull()
    })
  })
}

test('C-31: a dead session is dead while its document is still there', async () => {
  const ada = await cast.somebody()
  const sessions = cast.db.collection('sessions')
  advance(24 * HOURS)
  await sessions.updateMany({ 'session.userId': ada.id }, { $set: { expires: new Date(now() + 365 * DAYS) } })
  expect(await whoIs(ada.browser)).toBeNull()
  const phone = await ada.another()
  expect(await sessionsOf(phone)).toHaveLength(1)
})

test('a lowered setting holds from the next request on', async () => {
  const ada = await cast.somebody()
  const settings = {
    SESSION_IDLE: '10m',
    SESSION_ABSOLUTE: '1h',
    SESSION_SECRET: 'a secret that two services share: 32',
  }
  const generous = await startService({
    databaseUri: cast.uri,
    clock: cast.service.clock,
    settings: { SESSION_SECRET: settings.SESSION_SECRET },
  })
  const strict = await startService({ databaseUri: cast.uri, clock: cast.service.clock, settings })
  try {
    const [young, old] = [generous.browser(), generous.browser()]
    await logIn(old, ada.email)
    advance(10 * MINUTES)
    await logIn(young, ada.email)
    const asSeen = async (who: Browser) => {
      const there = strict.browser()
      there.setCookie(who.cookie ?? '')
      return { here: await whoIs(who), there: await whoIs(there) }
    }
    expect(await asSeen(young)).toEqual({ here: ada.email, there: ada.email })
    const listed = strict.browser()
    listed.setCookie(young.cookie ?? '')
    expect(await sessionsOf(listed)).toHaveLength(1)
    const idle = strict.browser()
    idle.setCookie(old.cookie ?? '')
    expect(await whoIs(idle)).toBeNull()
  } finally {
    await generous.close()
    await strict.close()
  }
})

test('C-27: whoever becomes staff keeps the staff limits from the next request on, and gets theirs back after', async () => {
  const ada = await cast.somebody()
  const roles = (given: string[]) =>
    cast.db.collection('users').updateOne({ emailCanonical: ada.email }, { $set: { roles: given } })
  advance(31 * MINUTES)
  await roles(['SUPPORT'])
  expect(await whoIs(ada.browser)).toBeNull()
  await roles([])
  expect(await whoIs(ada.browser)).toBe(ada.email)
})

test('C-30: two services whose clocks differ by two minutes see the same sessions', async () => {
  const ada = await cast.somebody()
  const settings = { SESSION_SECRET: 'a secret that two services share: 32' }
  const early = await startService({ databaseUri: cast.uri, settings })
  const late = await startService({ databaseUri: cast.uri, settings })
  late.clock.advance(2 * MINUTES + early.clock.now().getTime() - late.clock.now().getTime())
  try {
    const phone = late.browser()
    await logIn(phone, ada.email)
    const there = early.browser()
    there.setCookie(phone.cookie ?? '')
    expect(await whoIs(there)).toBe(ada.email)
    early.clock.advance(24 * HOURS - 1)
    late.clock.advance(24 * HOURS - 1)
    expect(await whoIs(phone)).toBe(ada.email)
    early.clock.advance(24 * HOURS + 2 * MINUTES - 1)
    expect(await whoIs(there)).toBe(ada.email)
    early.clock.advance(24 * HOURS)
    expect(await whoIs(there)).toBeNull()
  } finally {
    await early.close()
    await late.close()
  }
})
