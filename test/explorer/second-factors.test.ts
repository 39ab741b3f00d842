import { test } from 'vitest'
import { between, inEveryOrder, listPairs } from './every-order.ts'
import { provedVerbs, provingVerbs, resetUserFactors } from './factor-verbs.ts'
import type { Scene } from './world.ts'

const scene = (name: string): Scene => ({ name, roles: [], crowd: 0, secondFactor: true })

test('Two requests of a session of a user with second factors leave nobody in who was signed out', () =>
  inEveryOrder(scene('second factors, one session'), listPairs(provedVerbs('own'))))

test('So do requests of two sessions of one', () =>
  inEveryOrder(scene('second factors, two sessions'), between(provedVerbs('own'), provedVerbs('other'))))

test('No code, recovery code or challenge counts twice, and no password alone lets in, beside whatever a session does', () =>
  inEveryOrder(scene('second factors, a session and a login'), between(provedVerbs('own'), provingVerbs)))

test('Nor do two who come with passwords, codes and tokens', () =>
  inEveryOrder(scene('second factors, two logins'), listPairs(provingVerbs)))

test('Nor while an ADMIN resets the factors', () =>
  inEveryOrder(
    scene('second factors, an ADMIN'),
    between([...provedVerbs('own'), ...provingVerbs], [resetUserFactors]),
  ))
