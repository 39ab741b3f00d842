// A file of settings is read as it is meant, or start refuses and names the line; a value is never repeated.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ConfigError, loadEnvFile } from '../../src/config.ts'
import { createTemporaryDirectory } from '../testkit/process.ts'

/** What the environment holds once a file with this content was read. */
function load(content: string | Buffer, env: Record<string, string> = {}): Record<string, string | undefined> {
  const path = join(createTemporaryDirectory(), '.env')
  writeFileSync(path, content)
  loadEnvFile(path, env)
  return env
}

function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  throw new Error('It was read.')
}

const TEXT = 'NODE_ENV=production\nPORT=4001\n'
const VALUES = { NODE_ENV: 'production', PORT: '4001' }
const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16()

test.each([
  ['plain', Buffer.from(TEXT)],
  ['with a byte order mark', Buffer.from(`\ufeff${TEXT}`)],
  ['with line ends of Windows', Buffer.from(TEXT.replaceAll('\n', '\r\n'))],
  ['with line ends of old Macs', Buffer.from(TEXT.replaceAll('\n', '\r'))],
  ['without a last line end', Buffer.from(TEXT.trim())],
  ['in UTF-16, little end first', Buffer.from(`\ufeff${TEXT}`, 'utf16le')],
  ['in UTF-16, big end first', utf16be(`\ufeff${TEXT}`)],
])('a file %s is read whole', (_what, content) => {
  expect(load(content)).toEqual(VALUES)
})

test.each([
  ['in UTF-16 without a mark', Buffer.from(TEXT, 'utf16le')],
  ['in UTF-16 without a mark, big end first', utf16be(TEXT)],
  ['in Latin-1', Buffer.from('SERVICE_NAME=B\xfccher\n', 'latin1')],
  ['with a NUL in it', Buffer.from('PORT=4001\0\nNODE_ENV=production\n')],
  ['in UTF-16, cut in the middle', Buffer.from(`\ufeff${TEXT}`, 'utf16le').subarray(0, -1)],
])('a file %s is refused', (_what, content) => {
  expect(refusal(() => load(content))).toMatch(/\.env must be text in UTF-8/)
})

test.each([
  ['NODE_ENV production', 'must be NAME=value'],
  ['NODE_ENV', 'must be NAME=value'],
  ['canary', 'must be NAME=value'],
  ['=canary', 'must be NAME=value'],
  ['2ND=canary', 'must be NAME=value'],
  ['NODE_ENV: canary', 'must be NAME=value'],
  ['SESSION_SECRET="canary', 'SESSION_SECRET: the quotes must be closed on the same line'],
  ["SESSION_SECRET='canary", 'SESSION_SECRET: the quotes must be closed on the same line'],
  ['SESSION_SECRET=`canary', 'SESSION_SECRET: the quotes must be closed on the same line'],
  ['SESSION_SECRET="canary" canary', 'SESSION_SECRET: the quotes must be closed on the same line'],
  ['SESSION_SECRET=canary#canary', 'SESSION_SECRET: a value with # in it must be put in quotes'],
  ['UV_THREADPOOL_SIZE=16', 'UV_THREADPOOL_SIZE is read before this file'],
  ['export UV_THREADPOOL_SIZE = "16"', 'UV_THREADPOOL_SIZE is read before this file'],
  ['NODE_OPTIONS=--max-old-space-size=100', 'NODE_OPTIONS is read before this file'],
  ['NODE_EXTRA_CA_CERTS=/ca.pem', 'NODE_EXTRA_CA_CERTS is read before this file'],
])('the line %j is refused by its number, and its value is not repeated', (line, fault) => {
  const text = refusal(() => load(`# settings\nPORT=4001\n${line}\nNODE_ENV=production\n`))
  expect(text).toMatch(/\.env, line 3: /)
  expect(text).toContain(fault)
  expect(text).not.toContain('canary')
})

test('every faulty line is told', () => {
  const text = refusal(() => load('one\nPORT=1\ntwo\nA="x\n'))
  expect(text.match(/line \d+/g)).toEqual(['line 1', 'line 3', 'line 4'])
})

test('quotes, comments, spaces and export are read as Node reads them', () => {
  const text = [
    ...['A=plain', 'B="in quotes"', "C='with # inside'", 'D=`with "both" \'kinds\'`', 'E=value # a comment'],
    ...[
      '  F = spaced out  ',
      'export G=exported',
      'H=',
      'I=a=b==',
      'J="two\\nlines"',
      "K='\\n'",
      '# L=comment',
      '',
      'M=""',
    ],
    ...['N=it\'s "so"', 'O="closed" # comment', 'URL=mongodb://ada:p%40ss@db:1/x?y=1&z=2'],
  ].join('\n')
  expect(load(text)).toEqual(parseEnv(text))
  expect(load(text)).toMatchObject({ E: 'value', H: '', J: 'two\nlines', K: '\\n' })
})

test('whatever is read is what Node reads, too', () => {
  const token = fc.constantFrom('A', 'B1', '=', ' ', '#', '"', "'", '`', 'x y', '\\n', 'export ', 'é', ':')
  const line = fc.array(token, { maxLength: 7 }).map((tokens) => `NAME=${tokens.join('')}\n`)
  fc.assert(
    fc.property(line, (text) => {
      let values: unknown
      try {
        values = load(text)
      } catch {
        return
      }
      expect([text, values]).toEqual([text, parseEnv(text)])
    }),
    { numRuns: 500 },
  )
})

test('the environment goes before the file', () => {
  expect(load(TEXT, { PORT: '5000' })).toEqual({ ...VALUES, PORT: '5000' })
})

test('no file is no fault, and what is no file is one', () => {
  const directory = createTemporaryDirectory()
  const env = {}
  loadEnvFile(join(directory, 'none'), env)
  expect(env).toEqual({})
  mkdirSync(join(directory, 'folder'))
  expect(refusal(() => loadEnvFile(join(directory, 'folder'), env))).toContain('is a directory: it must be a file')
  symlinkSync('nowhere', join(directory, 'link'))
  expect(refusal(() => loadEnvFile(join(directory, 'link'), env))).toContain('is a link to a file that is not there')
})
