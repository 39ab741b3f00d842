import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here('.'),
  base: '/',
  publicDir: false,
  worker: { format: 'es' },
  build: {
    outDir: here('../../dist/console'),
    emptyOutDir: true,
    // Tells the test of the pages' weight what they load at first.
    manifest: true,
    // The polyfill is an inline script, which the pages' policy refuses.
    modulePreload: { polyfill: false },
    // Monaco is one large chunk, and no page but GraphiQL's loads it.
    chunkSizeWarningLimit: 5000,
    rolldownOptions: {
      input: { index: here('index.html'), graphiql: here('graphiql.html') },
      // 'use client' and the like, in GraphiQL's packages: of no meaning without a server renderer.
      checks: { moduleLevelDirective: false },
      // GraphiQL names its icons after their functions, for screen readers.
      output: { keepNames: true },
    },
  },
})
