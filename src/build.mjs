/**
 * Builds dist/. With --if-changed only where a source, or the result, is another than that of the last whole build.
 * It stands apart and in plain JavaScript, since it must run before anything is built and after `npm prune`.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const INPUTS = ['src', 'schema', 'codegen.ts', 'package.json', 'package-lock.json', 'tsconfig.json']
const GENERATED = ['src/graphql/generated.ts', 'src/client/gql', 'src/console/gql']
const OUTPUTS = ['dist', ...GENERATED]
/** Says which build dist/ is of. The build removes it first and it is written last, so half a build has none. */
const RECORD = 'dist/build.json'
const STALE_LOCK_MS = 10 * 60 * 1000
const POLL_MS = 200

/** @param {string} path @returns {string[]} The files at or below a path, from the root, in a fixed order. */
function listFiles(path) {
  if (!existsSync(join(ROOT, path))) return []
  if (statSync(join(ROOT, path)).isFile()) return [path]
  return readdirSync(join(ROOT, path), { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
}

/** @param {string[]} paths @param {(path: string) => boolean} isLeftOut @returns {string} */
function hashFiles(paths, isLeftOut) {
  const hash = createHash('sha256')
  for (const path of paths.flatMap(listFiles).filter((file) => !isLeftOut(file))) {
    const content = readFileSync(join(ROOT, path))
    hash.update(`${path}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

const isGenerated = (file) => GENERATED.some((path) => file === path || file.startsWith(`${path}/`))
const hashInputs = () => hashFiles(INPUTS, isGenerated)
const hashOutputs = () => hashFiles(OUTPUTS, (file) => file === RECORD)

/** @returns {{ inputs?: string, outputs?: string }} */
function readRecord() {
  try {
    return JSON.parse(readFileSync(join(ROOT, RECORD), 'utf8'))
  } catch {
    return {}
  }
}

function isUpToDate() {
  const { inputs, outputs } = readRecord()
  return inputs === hashInputs() && outputs === hashOutputs()
}

function build() {
  // Of what is read now: a file that changes meanwhile makes the next start build again.
  const inputs = hashInputs()
  rmSync(join(ROOT, RECORD), { force: true })
  const { status } = spawnSync('npm run build:all', { cwd: ROOT, stdio: 'inherit', shell: true })
  if (status !== 0) return status ?? 1
  const draft = join(ROOT, `${RECORD}.${process.pid}`)
  const outputs = hashOutputs()
  writeFileSync(draft, JSON.stringify({ inputs, outputs }))
  renameSync(draft, join(ROOT, RECORD))
  return 0
}

/** @param {string} lock @returns {boolean} Whether the process that holds a lock is gone. */
function isAbandoned(lock) {
  try {
    if (Date.now() - statSync(lock).mtimeMs > STALE_LOCK_MS) return true
    process.kill(Number(readFileSync(lock, 'utf8')) || process.pid, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH' || error.code === 'ENOENT'
  }
}

/** Runs alone in this directory: two builds at once would remove each other's files. */
function withLock(run) {
  const lock = join(tmpdir(), `gatehouse-build-${createHash('sha256').update(ROOT).digest('hex').slice(0, 16)}`)
  for (let isWaiting = false; ; isWaiting = true) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      if (isAbandoned(lock)) rmSync(lock, { force: true })
      else if (!isWaiting) process.stderr.write(`Another build is under way here; waiting for it (${lock}).\n`)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS)
    }
  }
  try {
    return run()
  } finally {
    rmSync(lock, { force: true })
  }
}

const isAskedForChanges = process.argv[2] === '--if-changed'
if (!isAskedForChanges || !isUpToDate()) {
  process.exitCode = withLock(() => (isAskedForChanges && isUpToDate() ? 0 : build()))
}
