import { expect } from 'vitest'
import { type Exploration, explore } from './explore.ts'
import { provedVerbs, provingVerbs, resetUserFactors } from './factor-verbs.ts'
import type { Memory } from './memory.ts'
import { createStage, type Omission } from './play.ts'
import type { Ports } from './ports.ts'
import { adminVerbs, openVerbs, sessionVerbs, type Verb } from './verbs.ts'
import type { Scene } from './world.ts'

const FACTOR_VERBS = [...provedVerbs('own'), ...provingVerbs, resetUserFactors]
const VERBS = [
  ...[...sessionVerbs('own'), ...openVerbs],
  ...[...adminVerbs('own', 'chief'), ...adminVerbs('chief', 'owner')],
]

/** The verb of that name: by the owner's own session, by an ADMIN's on the other, or by somebody who comes with nothing. */
function verb(name: string): Verb {
  const found = [...VERBS, ...FACTOR_VERBS].find((one) => one.name === name)
  if (!found) throw new Error(`There is no verb ${name}`)
  return found
}

/**
 * Explores two verbs with all session rules, which must do, and with one left out; gives the fault that this makes.
 */
export async function faultWithout(
  omission: Omission,
  [first, second]: readonly [string, string],
  scene: Partial<Scene> = {},
): Promise<NonNullable<Exploration['fault']>> {
  const pair = [verb(first), verb(second)] as const
  const whole = { name: 'one user', roles: [], crowd: 0, ...scene }
  expect((await explore(createStage()(whole, pair))).fault).toBeNull()
  const { fault } = await explore(createStage(omission)(whole, pair))
  if (!fault) throw new Error(`The explorer finds no fault in ${first} beside ${second}`)
  return fault
}

type Change<P> = (port: P, memory: Memory) => Partial<P>

/** Leaves something out of what the port of the sessions does. */
export const inSessions = (change: Change<Ports['sessions']>): Omission => ({
  ports: (ports, memory) => ({ ...ports, sessions: { ...ports.sessions, ...change(ports.sessions, memory) } }),
})

/** Leaves something out of what the session store does. */
export const inStore = (change: Change<Ports['store']>): Omission => ({
  ports: (ports, memory) => ({ ...ports, store: { ...ports.store, ...change(ports.store, memory) } }),
})

/** Leaves something out of what the port of the users does. */
export const inUsers = (change: Change<Ports['users']>): Omission => ({
  ports: (ports, memory) => ({ ...ports, users: { ...ports.users, ...change(ports.users, memory) } }),
})

/** Leaves something out of what the port of the mails does. */
export const inMails = (change: Change<Ports['mails']>): Omission => ({
  ports: (ports, memory) => ({ ...ports, mails: { ...ports.mails, ...change(ports.mails, memory) } }),
})

/** Leaves something out of what the port of the second factors does. */
export const inFactors = (change: Change<Ports['factors']>): Omission => ({
  ports: (ports, memory) => ({ ...ports, factors: { ...ports.factors, ...change(ports.factors, memory) } }),
})

/** Leaves something out of what the port of the login challenges does. */
export const inChallenges = (change: Change<Ports['loginChallenges']>): Omission => ({
  ports: (ports, memory) => ({
    ...ports,
    loginChallenges: { ...ports.loginChallenges, ...change(ports.loginChallenges, memory) },
  }),
})
