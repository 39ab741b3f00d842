/**
 * The threat: a settings file of which half is read. At a byte order mark, another encoding, a line without `=` or an open
 * quote, lenient readers drop lines in silence; without NODE_ENV the service starts in development mode. So each line is read
 * or refused by its number, and its value is never repeated.
 */
import { lstatSync, readFileSync } from 'node:fs'

export interface EnvFile {
  values: Record<string, string>
  faults: string[]
}

/** Node, its libraries and the loader read these when the process starts, before any settings file. */
const TOO_LATE = new Set([
  ...['UV_THREADPOOL_SIZE', 'NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'NODE_DEBUG', 'NODE_NO_WARNINGS', 'NODE_PATH'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'OPENSSL_CONF', 'LD_PRELOAD', 'LD_LIBRARY_PATH', 'MALLOC_ARENA_MAX'],
])

const LINE = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*=\s*(.*?)\s*$/s
const QUOTED = /^(?:'([^']*)'|`([^`]*)`|"([^"]*)")\s*(?:#.*)?$/s
const PLAIN = /^(?!['"`])((?:[^#\s]|\s+(?![#\s]))*)(?:\s+#.*)?$/s

/** Decodes UTF-8, or UTF-16 with a byte order mark; null for anything else. */
function decode(bytes: Buffer): string | null {
  const [first = 0, second = 0] = bytes
  const mark = (first << 8) | second
  const encoding = mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : 'utf-8'
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes)
    return text.includes('\0') ? null : text
  } catch {
    return null
  }
}

function readBytes(path: string): Buffer | string | null {
  try {
    return readFileSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const isThere = lstatSync(path, { throwIfNoEntry: false }) !== undefined
    if (code === 'ENOENT') return isThere ? `${path} is a link to a file that is not there` : null
    return code === 'EISDIR' ? `${path} is a directory: it must be a file` : `${path} cannot be read: ${code}`
  }
}

function readValue(text: string): { value: string } | { fault: string } {
  const [isQuoted, single, backtick, double] = QUOTED.exec(text) ?? []
  if (isQuoted !== undefined) return { value: double?.replaceAll('\\n', '\n') ?? single ?? backtick ?? '' }
  const [isPlain, value = ''] = PLAIN.exec(text) ?? []
  if (isPlain !== undefined) return { value }
  if (/^['"`]/.test(text))
    return { fault: 'the quotes must be closed on the same line, with nothing but a comment after' }
  return { fault: 'a value with # in it must be put in quotes' }
}

function readLine(line: string): { name: string; value: string } | { fault: string } {
  const [, name, text = ''] = LINE.exec(line) ?? []
  if (name === undefined) return { fault: 'must be NAME=value, a comment that begins with #, or empty' }
  if (TOO_LATE.has(name))
    return { fault: `${name} is read before this file: set it in the environment of the process instead` }
  const read = readValue(text)
  return 'fault' in read ? { fault: `${name}: ${read.fault}` } : { name, ...read }
}

export function readEnvFile(path: string): EnvFile {
  const values: Record<string, string> = {}
  const faults: string[] = []
  const bytes = readBytes(path)
  if (bytes === null) return { values, faults }
  if (typeof bytes === 'string') return { values, faults: [bytes] }
  const content = decode(bytes)
  if (content === null) return { values, faults: [`${path} must be text in UTF-8: save it anew in that encoding`] }
  for (const [index, line] of content.split(/\r\n|\n|\r/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue
    const read = readLine(line)
    if ('fault' in read) faults.push(`${path}, line ${index + 1}: ${read.fault}`)
    else values[read.name] = read.value
  }
  return { values, faults }
}
