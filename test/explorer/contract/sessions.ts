import { expect } from 'vitest'
import type { SessionRecord } from '../../../src/model.ts'
import type { StoredSession } from '../memory.ts'
import type { Ports } from '../ports.ts'
import { ago, NOW, session } from '../world.ts'
import { ANN, BEN, type Cases, promise } from './kit.ts'

const later = new Date(NOW.getTime() + 1000)
const replacement = { replacedAt: NOW, expires: later }
const first = session('first', ANN, NOW)
const second = session('second', ANN, ago(1000))
const twin = { ...session('twin', ANN, ago(2000)), handle: first.handle }
const old = { ...session('old', ANN, ago(3000)), generation: 'old' }
const replaced = { ...session('replaced', ANN, ago(4000)), replacedAt: ago(10) }
const bens = { ...session('bens', BEN, NOW), handle: first.handle, generation: first.generation }
const ALL: readonly StoredSession[] = [first, second, twin, old, replaced, bens]

const toRecord = ({ expires: _expires, ...record }: StoredSession): SessionRecord => record
const toRecords = (sessions: readonly StoredSession[]) => sessions.map(toRecord)

async function add({ store }: Ports, sessions = ALL): Promise<void> {
  await Promise.all(sessions.map((one) => store.create(toRecord(one), one.expires)))
}

/** Those of some sessions that are there, as they are. */
async function left({ store }: Ports, sessions = ALL) {
  const found = await Promise.all(sessions.map(({ id }) => store.get(id)))
  return found.filter((record) => record !== null)
}

const namesLeft = async (ports: Ports, sessions: readonly StoredSession[]) =>
  (await left(ports, sessions)).map(({ id }) => id)

/** A call that leaves the sessions like this. */
const leaves = (
  name: string,
  call: (sessions: Ports['sessions']) => Promise<unknown>,
  answer: unknown,
  after: readonly StoredSession[],
) =>
  promise(name, async (ports) => {
    await add(ports)
    expect(await call(ports.sessions)).toEqual(answer)
    expect(await left(ports)).toEqual(toRecords(after))
  })

const without = (...gone: StoredSession[]) => ALL.filter((one) => !gone.includes(one))
const withChanged = (id: string, change: Partial<SessionRecord>) =>
  ALL.map((one) => (one.id === id ? { ...one, ...change } : one))

const seen = { lastSeen: later, expires: later }
const many = (count: number, change: (index: number) => Partial<StoredSession> = () => ({})): StoredSession[] =>
  Array.from({ length: count }, (_, index) => ({ ...session(`s${index}`, ANN, ago(index)), ...change(index) }))

export const storeCases: Cases<Ports['store']> = {
  get: [
    promise('gives the session as it was stored', async (ports) => {
      await add(ports)
      expect(await left(ports)).toEqual(toRecords(ALL))
    }),
    promise('gives nothing for an unknown id', async (ports) => {
      await add(ports)
      for (const id of ['unknown', '', 'First']) expect(await ports.store.get(id)).toBeNull()
    }),
  ],
  create: [
    promise('stores a pending session as one', async (ports) => {
      await add(ports, [{ ...first, pending: true }])
      expect(await ports.store.get('first')).toEqual(toRecord({ ...first, pending: true }))
    }),
  ],
  delete: [
    promise('deletes one, or none', async (ports) => {
      await add(ports)
      await ports.store.delete('first')
      await ports.store.delete('unknown')
      expect(await left(ports)).toEqual(toRecords(without(first)))
    }),
  ],
}

export const sessionCases: Cases<Ports['sessions']> = {
  findById: [
    promise('finds a session, a replaced one too, until it expires', async (ports) => {
      await add(ports, [first, replaced, { ...second, expires: NOW }])
      expect(await ports.sessions.findById('first', NOW)).toEqual(toRecord(first))
      expect(await ports.sessions.findById('replaced', NOW)).toEqual(toRecord(replaced))
      for (const id of ['second', 'unknown', '']) expect(await ports.sessions.findById(id, NOW)).toBeNull()
      expect((await ports.sessions.findById('second', ago(1)))?.id).toBe('second')
    }),
  ],
  activate: [
    promise('brings a pending session to life, and none back', async (ports) => {
      await add(ports, [{ ...first, pending: true, expires: NOW }])
      expect(await ports.sessions.activate('first', later)).toBe(true)
      expect(await ports.sessions.findById('first', NOW)).toEqual(toRecord(first))
      expect(await ports.sessions.activate('unknown', later)).toBe(false)
    }),
  ],
  touch: [
    leaves(
      'moves lastSeen',
      (sessions) => sessions.touch(first, seen),
      undefined,
      withChanged('first', { lastSeen: later }),
    ),
    leaves(
      'leaves one that another request has moved',
      (sessions) => sessions.touch({ ...first, lastSeen: later }, seen),
      undefined,
      ALL,
    ),
    leaves('leaves a replaced one', (sessions) => sessions.touch(replaced, seen), undefined, ALL),
    leaves('brings none back', (sessions) => sessions.touch({ ...first, id: 'unknown' }, seen), undefined, ALL),
  ],
  replace: [
    leaves(
      'marks a session as replaced',
      (sessions) => sessions.replace('first', first.generation, replacement),
      true,
      withChanged('first', { replacedAt: NOW }),
    ),
    leaves(
      'refuses another generation',
      (sessions) => sessions.replace('old', first.generation, replacement),
      false,
      ALL,
    ),
    leaves(
      'refuses a replaced one',
      (sessions) => sessions.replace('replaced', first.generation, replacement),
      false,
      ALL,
    ),
    leaves('finds none', (sessions) => sessions.replace('unknown', first.generation, replacement), false, ALL),
  ],
  deleteByHandle: [
    leaves(
      "deletes all of a user's",
      (sessions) => sessions.deleteByHandle(ANN, first.handle),
      2,
      without(first, twin),
    ),
    leaves('deletes a replaced one', (sessions) => sessions.deleteByHandle(ANN, replaced.handle), 1, without(replaced)),
    leaves('finds none', (sessions) => sessions.deleteByHandle(BEN, second.handle), 0, ALL),
  ],
  deleteByGeneration: [
    leaves("deletes a user's, replaced ones too", (sessions) => sessions.deleteByGeneration(ANN, first.generation), 4, [
      old,
      bens,
    ]),
    leaves('deletes all but for one', (sessions) => sessions.deleteByGeneration(ANN, first.generation, 'first'), 3, [
      first,
      old,
      bens,
    ]),
    leaves('finds none', (sessions) => sessions.deleteByGeneration(ANN, 'unknown'), 0, ALL),
  ],
  deleteByUser: [leaves('deletes all', (sessions) => sessions.deleteByUser(ANN), 5, [bens])],
  findByGeneration: [
    promise('gives the generation, none that were replaced, the last seen first', async (ports) => {
      await add(ports, ALL.toReversed())
      const find = (generation: string) => ports.sessions.findByGeneration(ANN, generation, NOW)
      expect(await find(first.generation)).toEqual(toRecords([first, second, twin]))
      expect(await find('unknown')).toEqual([])
    }),
    promise('gives none that have expired', async (ports) => {
      await add(ports, [{ ...first, expires: NOW }, second])
      expect(await ports.sessions.findByGeneration(ANN, first.generation, NOW)).toEqual([toRecord(second)])
    }),
    promise('gives 200 at most, and of two that were seen at once, both', async (ports) => {
      await add(ports, many(201))
      const find = () => ports.sessions.findByGeneration(ANN, first.generation, NOW)
      expect((await find()).map(({ id }) => id)).toEqual(many(200).map(({ id }) => id))
      await add(ports, [{ ...first, id: 'equal' }])
      const ids = (await find()).slice(0, 2).map(({ id }) => id)
      expect(ids.toSorted()).toEqual(['equal', 's0'])
    }),
  ],
  trim: [
    promise('keeps so many of the last seen, and always the one', async (ports) => {
      await add(ports, many(6))
      const [newest, , , , , oldest] = many(6) as [StoredSession, ...StoredSession[]]
      await ports.sessions.trim(newest, 5, NOW)
      expect(await namesLeft(ports, many(6))).toEqual(['s0', 's1', 's2', 's3', 's4'])
      await add(ports, [oldest as StoredSession])
      await ports.sessions.trim(oldest as StoredSession, 3, NOW)
      expect(await namesLeft(ports, many(6))).toEqual(['s0', 's1', 's5'])
    }),
    promise('counts and deletes live ones only, of this user and generation', async (ports) => {
      const others = many(5, (index) => ({
        id: `other${index}`,
        ...[{ expires: NOW }, { replacedAt: NOW }, { generation: 'old' }, { userId: BEN }, { pending: true }][index],
      }))
      const all = [...others, first, second, twin]
      await add(ports, all)
      await ports.sessions.trim(second, 2, NOW)
      expect(await namesLeft(ports, all)).toEqual([...others.map(({ id }) => id), 'first', 'second'])
    }),
    promise('of some that were seen at once, keeps as many', async (ports) => {
      const sessions = many(6, () => ({ lastSeen: NOW }))
      await add(ports, sessions)
      await ports.sessions.trim(sessions[3] as StoredSession, 3, NOW)
      const ids = await namesLeft(ports, many(6))
      expect(ids).toHaveLength(3)
      expect(ids).toContain('s3')
    }),
  ],
}
