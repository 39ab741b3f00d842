// The threat: an empty or cut secret, after a full disk or a crash at the first start, signs cookies that anybody can forge.
// So the file is written whole or not at all, and a short one is refused.
import { randomBytes, randomUUID } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { platform } from 'node:os'
import { join } from 'node:path'

const MIN_SECRET_BYTES = 32
/** How file systems without hard links refuse one. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

/** The kept secret cannot be used. The message names the file, for the operator. */
export class SecretError extends Error {
  override name = 'SecretError'
}

/**
 * Reads the secret that signs cookies in development; the first start generates it.
 * @throws SecretError if the file holds less than a secret
 */
export function readOrCreateSecret(directory: string): string {
  const path = join(directory, 'session-secret')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const secret = readSecret(path) ?? createSecret(directory, path)
  if (Buffer.byteLength(secret) >= MIN_SECRET_BYTES) return secret
  throw new SecretError(
    `${path} is empty or cut: put it back from a backup, or remove it to have a new one made, which signs everybody out.`,
  )
}

function readSecret(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return null
    throw new SecretError(`${path} cannot be read: ${code}.`)
  }
}

function createSecret(directory: string, path: string): string {
  const draft = `${path}.${randomUUID()}`
  try {
    writeDurably(draft, randomBytes(MIN_SECRET_BYTES).toString('base64url'))
    publish(draft, path)
    syncDirectory(directory)
  } finally {
    rmSync(draft, { force: true })
  }
  return readSecret(path) ?? ''
}

function writeDurably(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function publish(draft: string, path: string): void {
  try {
    linkSync(draft, path)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (NO_LINKS.has(code)) renameSync(draft, path)
    else if (code !== 'EEXIST') throw error
  }
}

/** Makes the new name durable; Windows has no such call. */
function syncDirectory(directory: string): void {
  if (platform() === 'win32') return
  const handle = openSync(directory, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
