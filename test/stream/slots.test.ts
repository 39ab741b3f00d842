// The 2,000 streams of a process would be too many sockets for a test: the limit has a rule of its own.
import { expect, test } from 'vitest'
import { StreamSlots } from '../../src/graphql/stream/slots.ts'

test('a process has 2,000 streams; the next one finds a place when one of them is over', () => {
  const slots = new StreamSlots()
  const [giveBack] = Array.from({ length: 2000 }, () => slots.take(null))
  expect(() => slots.take(null)).toThrow('Too many open streams.')
  giveBack?.()
  slots.take(null)
  expect(() => slots.take(null)).toThrow('Too many open streams.')
})
