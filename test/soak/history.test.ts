import { expect, test } from 'vitest'
import { type Entry, findContradictions } from './history.ts'

const entry = (verb: Entry['verb'], from: number, until: number, rest: Partial<Entry> = {}): Entry => ({
  ...{ user: 'ada', verb, session: 's', from, until, ending: 'done' },
  ...rest,
})
const read = (from: number, until: number, isSignedIn: boolean) => entry('read', from, until, { isSignedIn })
const rules = (...history: Entry[]) => findContradictions(history).map(({ rule }) => rule)

const LOST = ['a session was lost']
const REVIVED = ['an ended session was signed in']

test.each<[string, Entry[], string[]]>([
  ['is there after its login', [entry('login', 0, 1), read(2, 3, true)], []],
  ['must not be gone after its login', [entry('login', 0, 1), read(2, 3, false)], LOST],
  ['may be missing while its login is under way', [entry('login', 0, 5), read(2, 3, false)], []],
  ['may be missing if its login got no answer', [entry('login', 0, 1, { ending: 'unknown' }), read(2, 3, false)], []],
  ['is gone after its logout', [entry('login', 0, 1), entry('logout', 2, 3), read(4, 5, false)], []],
  ['must not come back after its logout', [entry('login', 0, 1), entry('logout', 2, 3), read(4, 5, true)], REVIVED],
  ['may be there while its logout is under way', [entry('login', 0, 1), entry('logout', 2, 6), read(4, 5, true)], []],
  ['may be gone while its logout is under way', [entry('login', 0, 1), entry('logout', 2, 6), read(4, 5, false)], []],
  [
    'may be gone or there if its logout got no answer',
    [entry('login', 0, 1), entry('logout', 2, 3, { ending: 'unknown' }), read(4, 5, false), read(6, 7, true)],
    [],
  ],
  ['must not be gone before its logout began', [entry('login', 0, 1), entry('logout', 8, 9), read(4, 5, false)], LOST],
  [
    'must not come back after the password that ended it',
    [entry('login', 0, 1), entry('password', 2, 3, { session: 't', ends: ['s'] }), read(4, 5, true)],
    REVIVED,
  ],
  ['is not told by a read that was refused', [entry('login', 0, 1), { ...read(2, 3, false), ending: 'refused' }], []],
])('a session %s', (_what, history, expected) => {
  expect(rules(...history)).toEqual(expected)
})
