import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const HERE = fileURLToPath(new URL('.', import.meta.url))

const isFeature = (path: string) => /^features[/\\][^/\\]+[/\\]feature\.ts$/.test(path)

/** Lists the sources that are started or found by folder, by their names in dist. */
function listEntries(): Record<string, string> {
  const features = readdirSync(HERE, { recursive: true, encoding: 'utf8' }).filter(isFeature)
  const files = ['main.ts', 'admin.ts', 'embedded/cli.ts', 'embedded/worker.ts', ...features]
  return Object.fromEntries(files.map((file) => [file.replace(/\.ts$/, ''), `${HERE}/${file}`]))
}

/** Bundles the service with its packages: loading about 1,000 small files took half of each start. Features share the packages. */
export default defineConfig({
  root: HERE,
  publicDir: false,
  ssr: {
    target: 'node',
    noExternal: true,
    // Binaries, packages that start threads from their own files, and one that few need and that is large.
    external: [
      ...['argon2', 'bcrypt', 'lmdb', 'fs-native-extensions', 'pino', 'pino-pretty'],
      ...['@opentelemetry/api', '@opentelemetry/sdk-node'],
    ],
  },
  build: {
    ssr: true,
    target: 'node20.19',
    outDir: '../dist',
    emptyOutDir: false,
    sourcemap: true,
    minify: false,
    rolldownOptions: {
      input: listEntries(),
      preserveEntrySignatures: 'allow-extension',
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: '[name].js',
        minifyInternalExports: false,
        comments: false,
        codeSplitting: {
          includeDependenciesRecursively: false,
          // These find other files beside them, so they keep their places.
          groups: ['embedded/start', 'features/find-features'].map((name) => ({ name, test: `${HERE}${name}.ts` })),
        },
      },
    },
  },
})
