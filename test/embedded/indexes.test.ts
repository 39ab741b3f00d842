import { mkdirSync, rmSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Dice, document, filter, sort, update } from './fuzz.ts'
import { answer, type Home, home } from './kit.ts'
import { findDisagreements } from './verify.ts'

let here: Home
beforeAll(async () => {
  here = await home()
})
afterAll(() => here.close())

const keys = [{ a: 1 }, { l: 1 }, { a: 1, b: -1 }, { 'l.a': -1 }, { 'a.b': 1, c: 1 }, { b: -1, _id: 1 }]

/** The same steps on two collections, of which one has indexes: what they answer, and what they hold. */
async function sameSteps(seed: number): Promise<void> {
  const dice = new Dice(seed)
  await Promise.all(['c', 'bare'].map((name) => here.db.collection(name).drop()))
  const both = async (command: (name: string) => object) => {
    const [indexed, bare] = [await answer(here.db, command('c')), await answer(here.db, command('bare'))]
    expect(indexed, JSON.stringify(command('c'))).toEqual(bare)
  }
  await here.db.command({
    createIndexes: 'c',
    indexes: keys
      .filter(() => dice.chance(0.6))
      .concat([{ z: 1 } as never])
      .map((key) => ({ key, name: JSON.stringify(key), sparse: dice.chance(0.1) })),
  })
  for (let step = 0; step < 30; step++) {
    const seedHere = dice.below(2 ** 31)
    const fresh = () => new Dice(seedHere)
    switch (dice.below(5)) {
      case 0:
      case 1:
        // A document that one of the indexes cannot take is skipped in both.
        if (await takes(document(fresh(), step)))
          await here.db.collection('bare').insertOne(document(fresh(), step) as never)
        break
      case 2: {
        const statement = { q: { _id: dice.below(30) }, u: update(fresh()) }
        const indexed = await answer(here.db, { update: 'c', updates: [statement] })
        if (indexed.writeErrors?.[0]?.code?.$numberInt === '171') break
        expect(await answer(here.db, { update: 'bare', updates: [statement] })).toEqual(indexed)
        break
      }
      case 3:
        await both((name) => ({ delete: name, deletes: [{ q: { _id: dice.below(1) + step - 3 }, limit: 1 }] }))
        break
      default: {
        const query = fresh()
        const [q, s] = [filter(query), sort(query)]
        await both((name) => ({ find: name, filter: q, sort: { _id: 1 } }))
        await both((name) => ({ find: name, filter: q, sort: s, limit: 3 }))
      }
    }
  }
}

async function takes(value: object): Promise<boolean> {
  return here.db
    .collection('c')
    .insertOne(value as never)
    .then(
      () => true,
      (error) => {
        expect(error.code).toBe(171)
        return false
      },
    )
}

test('indexed or not, the answers are the same, and the entries are those of a rebuild', {
  timeout: 30_000,
}, async () => {
  const runs = Number(process.env.RUNS ?? 60)
  // fast-check prints the seed of what fails.
  await fc.assert(fc.asyncProperty(fc.nat(), sameSteps), { numRuns: runs })
  const copy = `${here.directory}-copy`
  mkdirSync(copy)
  await here.db.command({ embeddedBackup: `${copy}/embedded.mdb` })
  expect(await findDisagreements(copy)).toEqual([])
  rmSync(copy, { recursive: true })
})
