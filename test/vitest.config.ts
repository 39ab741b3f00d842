import { defineConfig } from 'vitest/config'

/** The explorer makes chance repeatable in the modules that it loads, so each of its files loads its own. */
const EXPLORER = 'test/explorer/**/*.test.ts'
/** Building an image keeps a machine busy, so it comes after the rest. */
const IMAGE = 'test/container/built-image.test.ts'

export default defineConfig({
  // One instance of graphql, or its types do not know each other.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    root: new URL('..', import.meta.url).pathname,
    globalSetup: ['test/testkit/setup/database.ts'],
    setupFiles: ['test/testkit/setup/console.ts'],
    // Long, since a busy machine is slow: no test relies on them.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 90_000, interval: 10 } },
    maxWorkers: 4,
    projects: [
      { extends: true, test: { name: 'explorer', include: [EXPLORER] } },
      {
        extends: true,
        test: { name: 'service', include: ['test/**/*.test.ts'], exclude: [EXPLORER, IMAGE], isolate: false },
      },
      { extends: true, test: { name: 'image', include: [IMAGE], sequence: { groupOrder: 1 } } },
    ],
  },
})
