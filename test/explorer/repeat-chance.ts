import { vi } from 'vitest'

/** To be imported before the domain is. */
vi.mock('node:crypto', async (original) => {
  const { repeatable } = await import('./chance.ts')
  return { ...(await original<typeof import('node:crypto')>()), ...repeatable }
})
