import { afterEach, beforeEach, expect, vi } from 'vitest'

/** Nothing speaks to the console unannounced: not the service, not a library that it misuses. */
const spies = { error: vi.spyOn(console, 'error'), warn: vi.spyOn(console, 'warn') }

beforeEach(() => {
  for (const spy of Object.values(spies)) spy.mockClear()
})

afterEach(() => {
  for (const spy of Object.values(spies)) expect(spy.mock.calls).toEqual([])
})
