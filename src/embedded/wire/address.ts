import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Listening {
  readonly server: Server
  readonly uri: string
  /** What a client must name, if anybody on the machine can connect. */
  readonly secret: string | undefined
  /** Removes what was made for the address. */
  remove(): void
}

const MAX_PATH_BYTES = process.platform === 'darwin' ? 103 : 107
const NAME = 'mongodb.sock'

/**
 * Listens on a unix socket in the directory; where its path is too long or the mount refuses sockets, in the user's runtime directory or in a
 * temporary one of our own; where there are no unix sockets, on loopback with a secret.
 */
export async function listen(directory: string, database: string): Promise<Listening> {
  for (const make of process.platform === 'win32'
    ? []
    : [() => directory, makeRuntimeDirectory, makeTemporaryDirectory]) {
    const place = make()
    if (place === undefined) continue
    const path = join(place, NAME)
    const own = place !== directory
    // The driver decodes a socket's path twice, so that one with a % leads it elsewhere.
    const isUsable = Buffer.byteLength(path) <= MAX_PATH_BYTES && !path.includes('%')
    const server = isUsable ? await bindSocket(path) : undefined
    const remove = () => rmSync(own ? place : path, { recursive: own, force: true })
    if (server === undefined) {
      if (own) remove()
      continue
    }
    return {
      server,
      uri: `mongodb://${encodeURIComponent(path)}/${encodeURIComponent(database)}`,
      secret: undefined,
      remove,
    }
  }
  return listenOnLoopback(database)
}

function makeRuntimeDirectory(): string | undefined {
  const base = process.env.XDG_RUNTIME_DIR
  return base === undefined || base === '' ? undefined : makePrivateDirectory(base)
}

function makeTemporaryDirectory(): string | undefined {
  return makePrivateDirectory(tmpdir())
}

function makePrivateDirectory(base: string): string | undefined {
  try {
    return mkdtempSync(join(base, 'embedded-'))
  } catch {
    return undefined
  }
}

/** The caller holds the lock of the directory, so a socket that is there is a dead one's. */
async function bindSocket(path: string): Promise<Server | undefined> {
  try {
    rmSync(path, { force: true })
    const server = createServer({ noDelay: true })
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
    chmodSync(path, 0o600)
    return server
  } catch {
    return undefined
  }
}

async function listenOnLoopback(database: string): Promise<Listening> {
  const secret = randomBytes(24).toString('hex')
  const server = createServer({ noDelay: true })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    server,
    uri: `mongodb://127.0.0.1:${port}/${encodeURIComponent(database)}?appName=${secret}`,
    secret,
    remove: () => {},
  }
}

/** Makes the directory, for its owner alone, where there is none. */
export function makeDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
}
