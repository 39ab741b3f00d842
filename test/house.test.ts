// The structure of the source: its folders are layers, and a file imports only from the layers below its own.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import {
  countCommentLines,
  isPrepositional,
  isVerbFirst,
  listFunctionNames,
  measureLongestFunction,
} from './code-style.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

interface SourceFile {
  path: string
  text: string
  imports: string[]
  /** The imports that remain at run time. */
  loads: string[]
}

function listFiles(folder: string): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx|graphql)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/node_modules|generated\.ts$|(client|console)\/gql\//.test(file))
    .map((file) => {
      const text = readFileSync(file, 'utf8')
      return {
        path: relative(ROOT, file),
        text,
        imports: findImports(file, text),
        loads: findImports(file, text.replace(TYPE_IMPORT, '')),
      }
    })
}

const TYPE_IMPORT = /^(import|export) type [^']*'[^']+'/gm

/** Finds what a file imports: files by their path from the root, packages by their name. */
function findImports(file: string, text: string): string[] {
  const matches = [
    ...text.matchAll(/(?:^|\n)(?:import|export)\b[^'\n]*(?:\n[^'\n]*)*?from '([^']+)'|import\('([^']+)'\)/g),
  ]
  return matches.map(([, from, dynamic]) => {
    const name = from ?? dynamic ?? ''
    return name.startsWith('.') ? relative(ROOT, join(dirname(file), name)) : name
  })
}

const source = listFiles('src')
const code = source.filter(({ path }) => /\.tsx?$/.test(path))
/** Tests that quote files of other projects. */
const QUOTES_OTHERS = ['test/testkit/front-end.ts', 'test/house.test.ts']
const all = [...source, ...listFiles('test'), ...listFiles('schema')]
const isSource = (name: string) => name.startsWith('src/')

/** Files that may import from every layer, and that no layer imports: entry points, their set-up and its helpers. */
const APP_LEVEL = [
  ...['main', 'admin', 'app', 'services', 'open-features', 'trust', 'config'],
  ...['log', 'secret', 'connections', 'shutdown', 'start-error', 'start-warnings', 'upgrade'],
].map((name) => `src/${name}.ts`)
/** Files that every layer may import. */
const SHARED = [
  'src/model.ts',
  'src/units.ts',
  'src/errors.ts',
  'src/roles.ts',
  'src/routes.ts',
  'src/accent.ts',
  'src/locales.ts',
]

/** The layers that a layer may import from, besides itself and the shared files. */
const ALLOWED_LAYERS: Record<string, readonly string[]> = {
  http: ['graphql', 'domain', 'mongo', 'metrics'],
  metrics: ['domain', 'mongo'],
  tracing: ['graphql', 'domain'],
  graphql: ['domain', 'mongo'],
  features: ['graphql', 'domain', 'mongo', 'http'],
  domain: ['mongo', 'mail'],
  mongo: ['embedded'],
  mail: ['texts'],
  config: [],
  admin: ['http', 'domain', 'mongo', 'config', 'mail'],
  embedded: [],
  upgrade: [],
  client: [],
  console: ['client', 'texts'],
  texts: [],
}
/** Colours and languages, for pages and mails alike. */
const APPEARANCE = ['src/accent.ts', 'src/locales.ts']
const STAND_ALONE = ['embedded', 'client', 'console', 'upgrade']

/** Data, not code: a lookup table and the contract as given. */
const TABLES = ['test/embedded/rows.ts', 'test/fixtures/contract.graphql']

const getLayer = (path: string) => /^src\/([^/]+)\//.exec(path)?.[1]

function findForbiddenImports({ path, imports }: SourceFile): string[] {
  if (APP_LEVEL.includes(path)) return []
  const layer = getLayer(path)
  const allowed = (target: string): boolean => {
    if (APPEARANCE.includes(target) && layer === 'console') return true
    if (SHARED.includes(target)) return layer === undefined || !STAND_ALONE.includes(layer)
    const to = getLayer(target)
    return layer !== undefined && to !== undefined && (to === layer || (ALLOWED_LAYERS[layer] ?? []).includes(to))
  }
  return imports.filter((target) => isSource(target) && !allowed(target)).map((target) => `${path} imports ${target}`)
}

test('a file imports only from its own folder and from lower layers', () => {
  expect(source.length).toBeGreaterThan(100)
  expect(source.flatMap(findForbiddenImports)).toEqual([])
})

test('every folder of src is a layer', () => {
  const layers = new Set(source.map(({ path }) => getLayer(path)).filter((layer) => layer !== undefined))
  expect([...layers].filter((layer) => !(layer in ALLOWED_LAYERS))).toEqual([])
})

test('a library is imported only by the layers that wrap it', () => {
  const importers: Record<string, RegExp> = {
    express: /^src\/(http|graphql|features|tracing)\/|^src\/app\.ts$/,
    'express-session': /^src\/(http|mongo)\//,
    graphql: /^src\/(graphql|features|tracing)\//,
    '@apollo/server': /^src\/(graphql|tracing)\//,
    '@opentelemetry/api': /^src\/tracing\//,
    mongodb: /^src\/(mongo|embedded|features|config|tracing)\/|^src\/admin\.ts$/,
    'connect-mongo': /^src\/mongo\//,
    lmdb: /^src\/embedded\//,
    nodemailer: /^src\/mail\//,
    argon2: /^src\/domain\//,
  }
  const others = source
    .filter(({ path }) => !path.startsWith('src/console/'))
    .flatMap(({ path, imports }) => imports.map((name) => ({ path, name })))
    .filter(({ path, name }) => importers[name] && !importers[name].test(path))
  expect(others).toEqual([])
})

test('no file imports itself through other files', () => {
  const importsByPath = new Map(source.map(({ path, loads }) => [path, loads.filter(isSource)]))
  const done = new Set<string>()
  const cycles: string[] = []
  function walk(path: string, trail: string[]): void {
    if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' > '))
    else if (!done.has(path)) for (const next of importsByPath.get(path) ?? []) walk(next, [...trail, path])
    done.add(path)
  }
  for (const path of importsByPath.keys()) walk(path, [])
  expect(cycles).toEqual([])
})

test('no file only re-exports others', () => {
  const barrels = all.filter(
    ({ path, text }) => /\/index\.tsx?$/.test(path) || /^export (\*|\{[^}]*\}) from /m.test(text),
  )
  expect(barrels.map(({ path }) => path)).toEqual([])
})

test('only http/session-cookie.ts reads the session of a request', () => {
  const readers = source.filter(({ text }) => /\b(req|request)\.(session|sessionID|sessionStore)\b/.test(text))
  expect(readers.map(({ path }) => path)).toEqual(['src/http/session-cookie.ts'])
})

test('only the entry points use the process', () => {
  const users = source.filter(({ path, text }) => {
    const used = path.startsWith('src/domain/credentials/hashing-check')
      ? /process\.(env|argv|on|exitCode)\b/
      : /\bprocess\.\w/
    return getLayer(path) !== 'embedded' && used.test(removeTexts(text))
  })
  expect(users.map(({ path }) => path).sort()).toEqual(['src/admin.ts', 'src/main.ts', 'src/upgrade.ts'])
})

test('importing a file has no effect: no layer awaits or connects at its top level', () => {
  const active = source.filter(({ path, text }) => !APP_LEVEL.includes(path) && /^(await |void |new )/m.test(text))
  expect(active.map(({ path }) => path).filter((path) => !path.startsWith('src/embedded/'))).toEqual([])
})

test('every file is at most 300 lines', () => {
  const lengths = all.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
  expect(lengths.filter(({ path, lines }) => lines > 300 && !TABLES.includes(path))).toEqual([])
})

test('most names of functions start with a verb, and hardly any ends in Of or In', () => {
  const names = code.flatMap(({ path, text }) => listFunctionNames(path, text)).filter((name) => /^[a-z]/.test(name))
  expect(names.length).toBeGreaterThan(500)
  expect(names.filter(isVerbFirst).length / names.length).toBeGreaterThan(0.65)
  expect(names.filter(isPrepositional).length / names.length).toBeLessThan(0.01)
})

test('no function has more than 60 lines', () => {
  const lengths = code.map(({ path, text }) => ({ path, lines: measureLongestFunction(path, text) }))
  expect(lengths.filter(({ lines }) => lines > 60)).toEqual([])
})

test('3 to 8 % of the lines are comments', () => {
  const counts = code.map(({ path, text }) => countCommentLines(path, text))
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
  const share = sum(counts.map(({ comments }) => comments)) / sum(counts.map(({ lines }) => lines))
  expect(share).toBeGreaterThan(0.03)
  expect(share).toBeLessThan(0.08)
})

test('imports name their file, and no compiler check is switched off', () => {
  const faults = all.filter(
    ({ path, imports, text }) =>
      !QUOTES_OTHERS.includes(path) &&
      (imports.some((name) => /^(src|test)\//.test(name) && !/\.(tsx?|css|graphql|js|json)(\?\w+)?$/.test(name)) ||
        /@ts-(ignore|nocheck|expect-error)|\bas any\b|: any\b/.test(text)),
  )
  expect(faults.map(({ path }) => path)).toEqual([])
})

test('no file mentions a directory of the machine it was written on', () => {
  const places = /(^|[\s'"`(=])\/(work|home|root|Users)\//
  const mentioning = all.filter(({ path, text }) => !QUOTES_OTHERS.includes(path) && places.test(text))
  expect(mentioning.map(({ path }) => path)).toEqual([])
})

/** Removes strings and comments, which may mention the process. */
function removeTexts(text: string): string {
  return text.replace(/`[^`]*`|'[^'\n]*'|\/\*[\s\S]*?\*\/|\/\/.*/g, "''")
}
