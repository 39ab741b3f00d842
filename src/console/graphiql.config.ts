import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { shared } from './vite.config.ts'

/** A build of its own: sharing chunks with GraphiQL would make the pages load what only GraphiQL needs. Runs after the pages'. */
export default defineConfig({
  ...shared,
  worker: { format: 'es' },
  build: {
    ...shared.build,
    emptyOutDir: false,
    // Monaco is one large chunk, and no page but GraphiQL's loads it.
    chunkSizeWarningLimit: 5000,
    rolldownOptions: {
      input: { graphiql: fileURLToPath(new URL('graphiql.html', import.meta.url)) },
      // 'use client' and the like, in GraphiQL's packages: of no meaning without a server renderer.
      checks: { moduleLevelDirective: false },
      // GraphiQL names its icons after their functions, for screen readers.
      output: { keepNames: true },
    },
  },
})
