import { mkdirSync, rmSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDocument, createFilter, createSort, createUpdate, Random } from './fuzz.ts'
import { openServer, runCommand, type TestServer } from './kit.ts'
import { findDisagreements } from './verify.ts'

let server: TestServer
beforeAll(async () => {
  server = await openServer()
})
afterAll(() => server.close())

const keys = [{ a: 1 }, { l: 1 }, { a: 1, b: -1 }, { 'l.a': -1 }, { 'a.b': 1, c: 1 }, { b: -1, _id: 1 }]

/** Runs the same steps on two collections, one with indexes, and compares replies and contents. */
async function compareSteps(seed: number): Promise<void> {
  const random = new Random(seed)
  await Promise.all(['c', 'bare'].map((name) => server.db.collection(name).drop()))
  const runOnBoth = async (command: (name: string) => object) => {
    const [indexed, bare] = [await runCommand(server.db, command('c')), await runCommand(server.db, command('bare'))]
    expect(indexed, JSON.stringify(command('c'))).toEqual(bare)
  }
  await server.db.command({
    createIndexes: 'c',
    indexes: keys
      .filter(() => random.decide(0.6))
      .concat([{ z: 1 } as never])
      .map((key) => ({ key, name: JSON.stringify(key), sparse: random.decide(0.1) })),
  })
  for (let step = 0; step < 30; step++) {
    const seedHere = random.pickInteger(2 ** 31)
    const restartRandom = () => new Random(seedHere)
    switch (random.pickInteger(5)) {
      case 0:
      case 1:
        // A document that an index refuses is skipped in both.
        if (await tryToInsert(createDocument(restartRandom(), step)))
          await server.db.collection('bare').insertOne(createDocument(restartRandom(), step) as never)
        break
      case 2: {
        const statement = { q: { _id: random.pickInteger(30) }, u: createUpdate(restartRandom()) }
        const indexed = await runCommand(server.db, { update: 'c', updates: [statement] })
        if (indexed.writeErrors?.[0]?.code?.$numberInt === '171') break
        expect(await runCommand(server.db, { update: 'bare', updates: [statement] })).toEqual(indexed)
        break
      }
      case 3:
        await runOnBoth((name) => ({
          delete: name,
          deletes: [{ q: { _id: random.pickInteger(1) + step - 3 }, limit: 1 }],
        }))
        break
      default: {
        const query = restartRandom()
        const [q, s] = [createFilter(query), createSort(query)]
        await runOnBoth((name) => ({ find: name, filter: q, sort: { _id: 1 } }))
        await runOnBoth((name) => ({ find: name, filter: q, sort: s, limit: 3 }))
      }
    }
  }
}

async function tryToInsert(value: object): Promise<boolean> {
  return server.db
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

test('commands give the same results with and without indexes, and each index matches its documents', {
  timeout: 30_000,
}, async () => {
  const runs = Number(process.env.RUNS ?? 60)
  // fast-check prints the seed of what fails.
  await fc.assert(fc.asyncProperty(fc.nat(), compareSteps), { numRuns: runs })
  const copy = `${server.directory}-copy`
  mkdirSync(copy)
  await server.db.command({ embeddedBackup: `${copy}/embedded.mdb` })
  expect(await findDisagreements(copy)).toEqual([])
  rmSync(copy, { recursive: true })
})
