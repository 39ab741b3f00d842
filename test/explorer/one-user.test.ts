import { test } from 'vitest'
import { between, inEveryOrder, listPairs } from './every-order.ts'
import { openVerbs, sessionVerbs } from './verbs.ts'
import type { Scene } from './world.ts'

const scene = (name: string): Scene => ({ name, roles: [], crowd: 0 })

test('Two requests of one session leave nobody in who was signed out, whatever their order and wherever they crash', () =>
  inEveryOrder(scene('one session'), listPairs(sessionVerbs('own'))))

test('So do requests of two sessions of one user', () =>
  inEveryOrder(scene('two sessions'), between(sessionVerbs('own'), sessionVerbs('other'))))

// The user's other session is like this one, so that one of them stands for both.
test('So do a session and whoever comes with a password or a token', () =>
  inEveryOrder(scene('a session and a password or token'), between(sessionVerbs('own'), openVerbs)))

test('So do two who come with passwords or tokens', () =>
  inEveryOrder(scene('two passwords or tokens'), listPairs(openVerbs)))

test('A user at the limit of 50 sessions stays there', () => {
  const verbs = [...openVerbs, ...sessionVerbs('own')]
  const logins = verbs.filter(({ name }) => name.endsWith('login'))
  return inEveryOrder({ ...scene('fifty sessions'), crowd: 48 }, between(logins, [...verbs, ...sessionVerbs('other')]))
})
