import { afterEach, beforeEach, expect, vi } from 'vitest'

/** Fails a test in which the service, or a library that it misuses, writes to the console. */
const spies = { error: vi.spyOn(console, 'error'), warn: vi.spyOn(console, 'warn') }

beforeEach(() => {
  for (const spy of Object.values(spies)) spy.mockClear()
})

afterEach(() => {
  for (const spy of Object.values(spies)) expect(spy.mock.calls).toEqual([])
})
