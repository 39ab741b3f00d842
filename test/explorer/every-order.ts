import { expect } from 'vitest'
import { explore } from './explore.ts'
import { createStage } from './play.ts'
import type { Verb } from './verbs.ts'
import type { Scene } from './world.ts'

export type Pair = readonly [Verb, Verb]

/** Every two of some verbs, a verb beside itself too. */
export const listPairs = (verbs: readonly Verb[]): Pair[] =>
  verbs.flatMap((first, index) => verbs.slice(index).map((second): Pair => [first, second]))

/** Every verb of the one beside every verb of the other. */
export const between = (some: readonly Verb[], others: readonly Verb[]): Pair[] =>
  some.flatMap((first) => others.map((second): Pair => [first, second]))

/** Plays all pairs in every order, with a crash after every step; tells how many runs that were, and of each fault the steps. */
export async function inEveryOrder(scene: Scene, pairs: readonly Pair[]): Promise<void> {
  const stage = createStage()
  let [runs, states] = [0, 0]
  const faults: string[] = []
  for (const pair of pairs) {
    const found = await explore(stage(scene, pair))
    runs += found.runs
    states += found.states
    if (found.fault) {
      const names = pair.map(({ name, by }) => `${name} by ${by ?? 'nobody'}`).join(' | ')
      faults.push([`${names}: ${found.fault.what}`, ...found.fault.steps].join('\n    '))
    }
  }
  const counted = `${runs.toLocaleString('en')} runs through ${states.toLocaleString('en')} states`
  process.stdout.write(`explorer: ${scene.name}: ${pairs.length} pairs, ${counted}\n`)
  expect(faults.join('\n\n')).toBe('')
}
