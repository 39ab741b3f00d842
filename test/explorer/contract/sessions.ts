import { expect } from 'vitest'
import type { SessionRecord } from '../../../src/model.ts'
import type { Ports } from '../ports.ts'
import { ago, NOW, session } from '../world.ts'
import { ANN, BEN, type CasesOf, promise } from './kit.ts'

const later = new Date(NOW.getTime() + 1000)
const tomb = { ended: NOW, expires: later }
const first = session('first', ANN, NOW)
const second = session('second', ANN, ago(1000))
const twin = { ...session('twin', ANN, ago(2000)), handle: first.handle }
const old = { ...session('old', ANN, ago(3000)), generation: 'old' }
const ended = { ...session('ended', ANN, ago(4000)), ended: ago(10) }
const bens = { ...session('bens', BEN, NOW), handle: first.handle, generation: first.generation }
const ALL: readonly SessionRecord[] = [first, second, twin, old, ended, bens]

async function add({ sessions }: Ports, records = ALL): Promise<void> {
  await Promise.all(records.map((record) => sessions.insert(record, {})))
}

/** Those of some sessions that are there, as they are. */
async function left({ sessions }: Ports, records = ALL) {
  const found = await Promise.all(records.map(({ id }) => sessions.byId(id)))
  return found.filter((record) => record !== null)
}

const namesLeft = async (ports: Ports, records: readonly SessionRecord[]) =>
  (await left(ports, records)).map((record) => (record === 'unreadable' ? record : record.id))

/** A call that leaves the sessions like this. */
const leaves = (
  name: string,
  call: (sessions: Ports['sessions']) => Promise<unknown>,
  answer: unknown,
  after: readonly SessionRecord[],
) =>
  promise(name, async (ports) => {
    await add(ports)
    expect(await call(ports.sessions)).toEqual(answer)
    expect(await left(ports)).toEqual(after)
  })

const without = (...gone: SessionRecord[]) => ALL.filter((record) => !gone.includes(record))
const withChanged = (id: string, change: Partial<SessionRecord>) =>
  ALL.map((record) => (record.id === id ? { ...record, ...change } : record))

const seen = { lastSeen: later, expires: later }
const many = (count: number, change: (index: number) => Partial<SessionRecord> = () => ({})) =>
  Array.from({ length: count }, (_, index) => ({ ...session(`s${index}`, ANN, ago(index)), ...change(index) }))

export const sessionCases: CasesOf<Ports['sessions']> = {
  byId: [
    promise('gives the session as it was added', async (ports) => {
      await add(ports)
      expect(await left(ports)).toEqual(ALL)
    }),
    promise('gives nothing for an unknown id', async (ports) => {
      await add(ports)
      for (const id of ['unknown', '', 'First']) expect(await ports.sessions.byId(id)).toBeNull()
    }),
  ],
  insert: [
    promise('fails with an id that is taken', async (ports) => {
      await add(ports)
      await expect(ports.sessions.insert({ ...second, id: 'first' }, {})).rejects.toThrow('E11000')
      expect(await left(ports)).toEqual(ALL)
    }),
  ],
  removeById: [
    leaves('removes one', (sessions) => sessions.removeById('first'), 1, without(first)),
    leaves('finds none', (sessions) => sessions.removeById('unknown'), 0, ALL),
  ],
  touch: [
    leaves('moves lastSeen', (sessions) => sessions.touch(first, seen), undefined, withChanged('first', seen)),
    leaves(
      'leaves one that another request has moved',
      (sessions) => sessions.touch({ ...first, lastSeen: later }, seen),
      undefined,
      ALL,
    ),
    leaves('leaves a tombstone', (sessions) => sessions.touch(ended, seen), undefined, ALL),
    leaves('brings none back', (sessions) => sessions.touch({ ...first, id: 'unknown' }, seen), undefined, ALL),
  ],
  entomb: [
    leaves(
      'makes a tombstone',
      (sessions) => sessions.entomb('first', first.generation, tomb),
      true,
      withChanged('first', tomb),
    ),
    leaves('refuses another generation', (sessions) => sessions.entomb('old', first.generation, tomb), false, ALL),
    leaves('refuses a tombstone', (sessions) => sessions.entomb('ended', first.generation, tomb), false, ALL),
    leaves('finds none', (sessions) => sessions.entomb('unknown', first.generation, tomb), false, ALL),
  ],
  removeByHandle: [
    leaves(
      "removes all of a user's",
      (sessions) => sessions.removeByHandle(ANN, first.handle),
      2,
      without(first, twin),
    ),
    leaves('removes a tombstone', (sessions) => sessions.removeByHandle(ANN, ended.handle), 1, without(ended)),
    leaves('finds none', (sessions) => sessions.removeByHandle(BEN, second.handle), 0, ALL),
  ],
  removeGeneration: [
    leaves("removes a user's, tombstones too", (sessions) => sessions.removeGeneration(ANN, first.generation), 4, [
      old,
      bens,
    ]),
    leaves('removes all but for one', (sessions) => sessions.removeGeneration(ANN, first.generation, 'first'), 3, [
      first,
      old,
      bens,
    ]),
    leaves('finds none', (sessions) => sessions.removeGeneration(ANN, 'unknown'), 0, ALL),
  ],
  removeOfUser: [leaves('removes all', (sessions) => sessions.removeOfUser(ANN), 5, [bens])],
  ofUser: [
    promise('gives the generation, no tombstones, the last seen first', async (ports) => {
      await add(ports, ALL.toReversed())
      expect(await ports.sessions.ofUser(ANN, first.generation)).toEqual([first, second, twin])
      expect(await ports.sessions.ofUser(ANN, 'unknown')).toEqual([])
    }),
    promise('gives those, too, that have run out', async (ports) => {
      const over = { ...first, expires: new Date(NOW.getTime() - 1) }
      await add(ports, [over])
      expect(await ports.sessions.ofUser(ANN, first.generation)).toEqual([over])
    }),
    promise('gives 200 at most, and of two that were seen at once, both', async (ports) => {
      await add(ports, many(201))
      const found = await ports.sessions.ofUser(ANN, first.generation)
      expect(found.map(({ id }) => id)).toEqual(many(200).map(({ id }) => id))
      await add(ports, [{ ...first, id: 'equal' }])
      const ids = (await ports.sessions.ofUser(ANN, first.generation)).slice(0, 2).map(({ id }) => id)
      expect(ids.toSorted()).toEqual(['equal', 's0'])
    }),
  ],
  trim: [
    promise('keeps so many of the last seen, and always the one', async (ports) => {
      await add(ports, many(6))
      const [newest, , , , , oldest] = many(6) as [SessionRecord, ...SessionRecord[]]
      await ports.sessions.trim(newest, 5, NOW)
      expect(await namesLeft(ports, many(6))).toEqual(['s0', 's1', 's2', 's3', 's4'])
      await add(ports, [oldest as SessionRecord])
      await ports.sessions.trim(oldest as SessionRecord, 3, NOW)
      expect(await namesLeft(ports, many(6))).toEqual(['s0', 's1', 's5'])
    }),
    promise('counts and removes live ones only, of this user and generation', async (ports) => {
      const others = many(4, (index) => ({
        id: `other${index}`,
        ...[{ expires: NOW }, { ended: NOW }, { generation: 'old' }, { userId: BEN }][index],
      }))
      const all = [...others, first, second, twin]
      await add(ports, all)
      await ports.sessions.trim(second, 2, NOW)
      expect(await namesLeft(ports, all)).toEqual([...['other0', 'other1', 'other2', 'other3', 'first', 'second']])
    }),
    promise('of some that were seen at once, keeps as many', async (ports) => {
      await add(
        ports,
        many(6, () => ({ lastSeen: NOW })),
      )
      await ports.sessions.trim(many(6, () => ({ lastSeen: NOW }))[3] as SessionRecord, 3, NOW)
      const ids = await namesLeft(ports, many(6))
      expect(ids).toHaveLength(3)
      expect(ids).toContain('s3')
    }),
  ],
}
