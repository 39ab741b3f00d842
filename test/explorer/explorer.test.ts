import { expect, test } from 'vitest'
import { explore } from './explore.ts'
import { createStage } from './play.ts'
import { adminVerbs, openVerbs, sessionVerbs, type Verb } from './verbs.ts'
import type { Scene } from './world.ts'

type Pair = readonly [Verb, Verb]

/** Every two of some verbs, a verb beside itself too. */
const pairsOf = (verbs: readonly Verb[]): Pair[] =>
  verbs.flatMap((first, index) => verbs.slice(index).map((second): Pair => [first, second]))

/** Every verb of the one beside every verb of the other. */
const between = (some: readonly Verb[], others: readonly Verb[]): Pair[] =>
  some.flatMap((first) => others.map((second): Pair => [first, second]))

async function run(scene: Scene, pairs: readonly Pair[]): Promise<void> {
  const stage = createStage()
  let [runs, states] = [0, 0]
  const faults: string[] = []
  const begun = process.cpuUsage()
  for (const pair of pairs) {
    const found = await explore(stage(scene, pair))
    runs += found.runs
    states += found.states
    if (found.fault) {
      const names = pair.map(({ name, by }) => `${name} by ${by ?? 'nobody'}`).join(' | ')
      faults.push([`${names}: ${found.fault.what}`, ...found.fault.steps].join('\n    '))
    }
  }
  const counted = `${pairs.length} pairs, ${runs.toLocaleString('en')} runs through ${states.toLocaleString('en')} states`
  process.stdout.write(`explorer: ${scene.name}: ${counted}, ${Math.round(process.cpuUsage(begun).user / 1000)} ms\n`)
  expect(faults.join('\n\n')).toBe('')
}

const PLAIN: Scene = { name: 'one user', roles: [], crowd: 0 }

test('Two requests of one session leave nobody in who was signed out, whatever their order and wherever they crash', () =>
  run(PLAIN, pairsOf(sessionVerbs('own'))))

test('So do requests of two sessions of one user', () =>
  run(PLAIN, between(sessionVerbs('own'), sessionVerbs('other'))))

test('So do a session and whoever comes with a password or a token', () =>
  run(PLAIN, between(sessionVerbs('own'), openVerbs)))

test('So do two who come with passwords or tokens', () => run(PLAIN, pairsOf(openVerbs)))

test('So do a user and an ADMIN who acts on them', () =>
  run(
    { ...PLAIN, name: 'an ADMIN and a user' },
    between([...sessionVerbs('own'), ...openVerbs], adminVerbs('chief', 'owner')),
  ))

test('So do two requests of an ADMIN', () => run({ ...PLAIN, name: 'an ADMIN' }, pairsOf(adminVerbs('chief', 'owner'))))

test('Two ADMINs never leave the service without one', () => {
  const own = [...adminVerbs('own', 'owner'), ...adminVerbs('own', 'chief'), ...sessionVerbs('own')]
  const chief = [...adminVerbs('chief', 'owner'), ...adminVerbs('chief', 'chief')]
  return run({ name: 'two ADMINs', roles: ['ADMIN'], crowd: 0 }, between(own, chief))
})

test('A user at the limit of 50 sessions stays there', () =>
  run(
    { name: 'fifty sessions', roles: [], crowd: 48 },
    between(
      [...openVerbs, ...sessionVerbs('own')].filter(({ name }) => name.endsWith('login')),
      [...openVerbs, ...sessionVerbs('own'), ...sessionVerbs('other')],
    ),
  ))
