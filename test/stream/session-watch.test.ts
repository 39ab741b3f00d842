// When the watch of many sessions reads, and what it takes for an end, with every step of the clock under control.
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { SessionEnd } from '../../src/domain/sessions/session-end.ts'
import { SessionWatch } from '../../src/domain/sessions/session-watch.ts'
import type { SessionRecord, User, Viewer } from '../../src/model.ts'
import type { WatchedState } from '../../src/mongo/watched-sessions.ts'
import { DAYS, SECONDS } from '../../src/units.ts'
import { createTestClock } from '../testkit/clock.ts'

const LIFETIME = { idle: 1 * DAYS, absolute: 7 * DAYS }

/** A watch over one session, whose next reads answer what the test says. */
function createWatched() {
  const clock = createTestClock()
  const now = clock.now()
  const user: User = {
    ...{ id: '0123456789abcdef01234567', email: 'ada@example.com', emailCanonical: 'ada@example.com' },
    ...{ emailVerified: true, firstName: null, lastName: null, roles: [], createdAt: now, disabledAt: null },
    ...{ passwordHash: '', passwordChangedAt: null, emailChangedAt: null, generation: 'g', ended: null },
    ...{
      tokens: {},
      lastLoginAt: null,
      secondFactor: false,
      breachToldAt: null,
      locale: 'en',
      factorsChangedAt: null,
      pendingDemotion: null,
    },
  }
  const session: SessionRecord = {
    ...{ id: 'a', userId: user.id, generation: 'g', handle: 'h', createdAt: now, authenticatedAt: now },
    ...{
      remembered: false,
      device: { userAgent: null, address: null },
      lastSeen: now,
      replacedAt: null,
      pending: false,
      assurance: 'SINGLE_FACTOR',
    },
  }
  const alive: WatchedState = { sessions: [session], users: new Map([[user.id, user]]) }
  const dead: WatchedState = { ...alive, sessions: [] }
  let reads = 0
  let failures = 0
  let answer: () => Promise<WatchedState> = async () => alive
  const watch = new SessionWatch({
    clock,
    settings: {
      lifetimes: { ordinary: LIFETIME, remembered: LIFETIME, staff: LIFETIME },
      requireSecondFactor: 'none',
    },
    readWatched() {
      reads += 1
      return answer()
    },
    onError() {
      failures += 1
    },
  })
  const viewer: Viewer = {
    user,
    session,
    scopes: new Set(),
    secondFactorRequired: false,
    expiresAt: new Date(now.getTime() + LIFETIME.idle),
  }
  const watched = watch.watch(viewer)
  let told: SessionEnd | undefined
  void watched.ended.then((end) => {
    told = end
  })
  return {
    ...{ watch, watched, viewer },
    get seen() {
      return { reads, failures, told: told?.reason }
    },
    become(state: 'alive' | 'dead' | 'away') {
      answer = async () => {
        if (state === 'away') throw new Error('The database is away')
        return state === 'alive' ? alive : dead
      }
    },
    /** Moves the clock and lets a read that is due be over. */
    async advance(ms: number) {
      clock.advance(ms)
      await setImmediate()
    },
  }
}

test('an end is told after two reads, 250 ms apart, which is less than two seconds after it', async () => {
  const kit = createWatched()
  kit.become('dead')
  await kit.advance(SECONDS)
  expect(kit.seen).toMatchObject({ reads: 1, told: undefined })
  await kit.advance(249)
  expect(kit.seen).toMatchObject({ reads: 1, told: undefined })
  await kit.advance(1)
  expect(kit.seen).toMatchObject({ reads: 2, told: 'REVOKED' })
})

test('one read that finds no session, as during a rotation, is no end', async () => {
  const kit = createWatched()
  for (let count = 0; count < 3; count += 1) {
    kit.become('dead')
    await kit.advance(SECONDS)
    kit.become('alive')
    await kit.advance(SECONDS)
  }
  expect(kit.seen).toMatchObject({ reads: 6, told: undefined })
})

test('a failed read says nothing, however often it fails', async () => {
  const kit = createWatched()
  kit.become('dead')
  await kit.advance(SECONDS)
  kit.become('away')
  for (let count = 0; count < 5; count += 1) await kit.advance(SECONDS)
  expect(kit.seen).toMatchObject({ failures: 5, told: undefined })
  kit.become('alive')
  for (let count = 0; count < 5; count += 1) await kit.advance(SECONDS)
  expect(kit.seen.told).toBeUndefined()
})

test('a hundred streams are read at once, and nothing is read when none is left', async () => {
  const kit = createWatched()
  const others = Array.from({ length: 99 }, () => kit.watch.watch(kit.viewer))
  await kit.advance(SECONDS)
  expect(kit.seen.reads).toBe(1)
  for (const each of [kit.watched, ...others]) each.stop()
  for (let count = 0; count < 5; count += 1) await kit.advance(SECONDS)
  expect(kit.seen.reads).toBe(1)
  kit.watch.watch(kit.viewer)
  await kit.advance(SECONDS)
  expect(kit.seen.reads).toBe(2)
})
