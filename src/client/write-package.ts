import { readFileSync, writeFileSync } from 'node:fs'

const HERE = new URL('.', import.meta.url)
const PACKAGE = new URL('../../dist/client/', import.meta.url)

/** The package's imports; the server renderer's has its own path, without React. */
const MODULES = [
  ...['auth-client', 'provider', 'require-user', 'failure', 'passkey', 'use-action', 'use-credentials'],
  ...['use-passkey-login', 'use-reauthentication-prompt', 'use-second-factor', 'use-sessions', 'use-viewer'],
]

const { version, license, dependencies, devDependencies } = JSON.parse(
  readFileSync(new URL('../../package.json', HERE), 'utf8'),
)
const installed: Record<string, string> = { ...dependencies, ...devDependencies }
const PEERS = ['@apollo/client', 'graphql', 'react', 'rxjs']
const DEPENDENCIES = ['@simplewebauthn/browser']

const pickVersions = (names: string[]) => Object.fromEntries(names.map((name) => [name, installed[name]]))

const manifest = {
  ...{ name: 'gatehouse-client', version, license, type: 'module', sideEffects: false },
  description: 'Sign-in, sign-out and sessions of a Gatehouse service, for apps with Apollo Client and React.',
  exports: {
    '.': { types: './index.d.ts', default: './index.js' },
    './ssr': { types: './ssr.d.ts', default: './ssr.js' },
  },
  dependencies: pickVersions(DEPENDENCIES),
  peerDependencies: pickVersions(PEERS),
}

const index = MODULES.map((name) => `export * from './${name}.js'\n`).join('')
writeFileSync(new URL('package.json', PACKAGE), `${JSON.stringify(manifest, null, 2)}\n`)
writeFileSync(new URL('index.js', PACKAGE), index)
writeFileSync(new URL('index.d.ts', PACKAGE), index)
writeFileSync(new URL('README.md', PACKAGE), readFileSync(new URL('README.md', HERE)))
