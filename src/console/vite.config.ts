import { fileURLToPath } from 'node:url'
import { defaultClientConditions, defineConfig, type UserConfig } from 'vite'
import { precompress } from './precompress.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** What the builds of the pages and of GraphiQL have in common. */
export const shared = {
  root: here('.'),
  base: '/',
  publicDir: false,
  build: {
    outDir: here('../../dist/console'),
    // The polyfill is an inline script, which the pages' policy refuses.
    modulePreload: { polyfill: false },
  },
} satisfies UserConfig

export default defineConfig({
  ...shared,
  plugins: [precompress()],
  // Of RxJS, the modern build: half the size.
  resolve: { conditions: ['es2015', ...defaultClientConditions] },
  build: {
    ...shared.build,
    emptyOutDir: true,
    // Tells the test of the pages' weight what they load at first.
    manifest: true,
    rolldownOptions: {
      input: { index: here('index.html') },
      // 'use client', in Base UI's and Apollo's packages, has no meaning without a server renderer; compressing takes time.
      checks: { moduleLevelDirective: false, pluginTimings: false },
    },
  },
})
