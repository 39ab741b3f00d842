// The shape of the house: a reader who knows the folder knows what a file may touch.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { isPrepositional, isVerbFirst, listFunctions } from './code-style.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

interface SourceFile {
  path: string
  text: string
  imports: string[]
  /** The imports that are there at run time, too. */
  loads: string[]
}

function filesUnder(folder: string): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx|graphql)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/node_modules|generated\.ts$|(client|console)\/gql\//.test(file))
    .map((file) => {
      const text = readFileSync(file, 'utf8')
      return {
        path: relative(ROOT, file),
        text,
        imports: importsOf(file, text),
        loads: importsOf(file, text.replace(TYPE_IMPORT, '')),
      }
    })
}

const TYPE_IMPORT = /^(import|export) type [^']*'[^']+'/gm

/** What a file imports: files by their path from the root, packages by their name. */
function importsOf(file: string, text: string): string[] {
  const named = [
    ...text.matchAll(/(?:^|\n)(?:import|export)\b[^'\n]*(?:\n[^'\n]*)*?from '([^']+)'|import\('([^']+)'\)/g),
  ]
  return named.map(([, from, dynamic]) => {
    const name = from ?? dynamic ?? ''
    return name.startsWith('.') ? relative(ROOT, join(dirname(file), name)) : name
  })
}

const source = filesUnder('src')
/** A test may hold the text of a file of somebody else's. */
const QUOTES_OTHERS = ['test/testkit/front-end.ts', 'test/house.test.ts']
const all = [...source, ...filesUnder('test'), ...filesUnder('schema')]
const own = (name: string) => name.startsWith('src/')

/** Who sees all the others, and is seen by none but each other: the doors, the builder and its helpers. */
const APP_LEVEL = [
  ...['main', 'admin', 'app', 'services', 'open-features', 'config'],
  ...['log', 'secret', 'connections', 'shutdown', 'start-error'],
].map((name) => `src/${name}.ts`)
/** What every floor may know. */
const SHARED = ['src/model.ts', 'src/units.ts', 'src/errors.ts', 'src/roles.ts']

/** Which floors a floor may take from, besides itself and what is shared. */
const MAY_TAKE: Record<string, readonly string[]> = {
  http: ['graphql', 'domain', 'mongo'],
  graphql: ['domain', 'mongo'],
  features: ['graphql', 'domain', 'mongo', 'http'],
  domain: ['mongo', 'mail'],
  mongo: ['embedded'],
  mail: [],
  config: [],
  embedded: [],
  client: [],
  console: ['client'],
}
/** Colours, for pages and mails alike. */
const ACCENT = { path: 'src/accent.ts', floors: ['console', 'mail'] }
const STAND_ALONE = ['embedded', 'client', 'console']

/** Data, not code: a table that is looked things up in, and the contract as it was given. */
const TABLES = ['test/embedded/rows.ts', 'test/fixtures/contract.graphql']

const floorOf = (path: string) => /^src\/([^/]+)\//.exec(path)?.[1]

function faultsOf({ path, imports }: SourceFile): string[] {
  if (APP_LEVEL.includes(path)) return []
  const floor = floorOf(path)
  const allowed = (target: string): boolean => {
    if (target === ACCENT.path) return floor !== undefined && ACCENT.floors.includes(floor)
    if (SHARED.includes(target)) return floor === undefined || !STAND_ALONE.includes(floor)
    const to = floorOf(target)
    return floor !== undefined && to !== undefined && (to === floor || (MAY_TAKE[floor] ?? []).includes(to))
  }
  return imports.filter((target) => own(target) && !allowed(target)).map((target) => `${path} takes ${target}`)
}

describe('the house', () => {
  test('imports go only to a higher rank, or inside the folder', () => {
    expect(source.length).toBeGreaterThan(100)
    expect(source.flatMap(faultsOf)).toEqual([])
  })

  test('every folder of src has a rank', () => {
    const floors = new Set(source.map(({ path }) => floorOf(path)).filter((floor) => floor !== undefined))
    expect([...floors].filter((floor) => !(floor in MAY_TAKE))).toEqual([])
  })

  test('graphql, domain, mongo and mail each keep their library to themselves', () => {
    const keepers: Record<string, RegExp> = {
      express: /^src\/(http|graphql|features)\/|^src\/app\.ts$/,
      'express-session': /^src\/(http|mongo)\//,
      graphql: /^src\/(graphql|features)\//,
      '@apollo/server': /^src\/graphql\//,
      mongodb: /^src\/(mongo|embedded|features|config)\/|^src\/admin\.ts$/,
      'connect-mongo': /^src\/mongo\//,
      lmdb: /^src\/embedded\//,
      nodemailer: /^src\/mail\//,
      argon2: /^src\/domain\//,
    }
    const strangers = source
      .filter(({ path }) => !path.startsWith('src/console/'))
      .flatMap(({ path, imports }) => imports.map((name) => ({ path, name })))
      .filter(({ path, name }) => keepers[name] && !keepers[name].test(path))
    expect(strangers).toEqual([])
  })

  test('no file loads itself by a circle', () => {
    const importsByPath = new Map(source.map(({ path, loads }) => [path, loads.filter(own)]))
    const done = new Set<string>()
    const circles: string[] = []
    function walk(path: string, trail: string[]): void {
      if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' > '))
      else if (!done.has(path)) for (const next of importsByPath.get(path) ?? []) walk(next, [...trail, path])
      done.add(path)
    }
    for (const path of importsByPath.keys()) walk(path, [])
    expect(circles).toEqual([])
  })

  test('there are no barrels: a file tells something of its own', () => {
    const barrels = all.filter(
      ({ path, text }) => /\/index\.tsx?$/.test(path) || /^export (\*|\{[^}]*\}) from /m.test(text),
    )
    expect(barrels.map(({ path }) => path)).toEqual([])
  })

  test('only http/session-cookie.ts looks into the session of a request', () => {
    const readers = source.filter(({ text }) => /\b(req|request)\.(session|sessionID|sessionStore)\b/.test(text))
    expect(readers.map(({ path }) => path)).toEqual(['src/http/session-cookie.ts'])
  })

  test('only the doors know the process', () => {
    const knowers = source.filter(({ path, text }) => {
      const known = path.startsWith('src/domain/credentials/hashing-check')
        ? /process\.(env|argv|on|exitCode)\b/
        : /\bprocess\.\w/
      return floorOf(path) !== 'embedded' && known.test(withoutTexts(text))
    })
    expect(knowers.map(({ path }) => path).sort()).toEqual(['src/admin.ts', 'src/main.ts'])
  })

  test('nothing opens on import: no floor below the doors awaits or connects at its top level', () => {
    const busy = source.filter(({ path, text }) => !APP_LEVEL.includes(path) && /^(await |void |new )/m.test(text))
    expect(busy.map(({ path }) => path).filter((path) => !path.startsWith('src/embedded/'))).toEqual([])
  })

  test('every file is at most 300 lines', () => {
    const lengths = all.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    expect(lengths.filter(({ path, lines }) => lines > 300 && !TABLES.includes(path))).toEqual([])
  })

  test('the names of functions begin with a verb, and hardly any ends in Of or In', () => {
    const named = source
      .flatMap(({ path, text }) => listFunctions(path, text))
      .filter(({ name }) => /^[a-z]/.test(name))
    expect(named.length).toBeGreaterThan(500)
    expect(named.filter(({ name }) => isVerbFirst(name)).length / named.length).toBeGreaterThan(0.65)
    expect(named.filter(({ name }) => isPrepositional(name)).length / named.length).toBeLessThan(0.01)
  })

  test('no function of the service has more than 60 lines', () => {
    const service = source.filter(({ path }) => /^src\/[^/]+\.ts$|^src\/(?!client|console)/.test(path))
    const sizes = service.flatMap(({ path, text }) => listFunctions(path, text).map((size) => ({ path, ...size })))
    expect(sizes.filter(({ lines }) => lines > 60)).toEqual([])
  })

  test('imports name their file, and no rule of the compiler is switched off', () => {
    const faults = all.filter(
      ({ path, imports, text }) =>
        !QUOTES_OTHERS.includes(path) &&
        (imports.some((name) => /^(src|test)\//.test(name) && !/\.(tsx?|css|graphql|js)(\?\w+)?$/.test(name)) ||
          /@ts-(ignore|nocheck|expect-error)|\bas any\b|: any\b/.test(text)),
    )
    expect(faults.map(({ path }) => path)).toEqual([])
  })

  test('no file knows where it was written', () => {
    const places = /(^|[\s'"`(=])\/(work|home|root|Users)\//
    const knowing = all.filter(({ path, text }) => !QUOTES_OTHERS.includes(path) && places.test(text))
    expect(knowing.map(({ path }) => path)).toEqual([])
  })
})

/** A source without its texts: a message to people may name the process. */
function withoutTexts(text: string): string {
  return text.replace(/`[^`]*`|'[^'\n]*'|\/\*[\s\S]*?\*\/|\/\/.*/g, "''")
}
