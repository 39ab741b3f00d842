// Two processes on one data file would each believe what they have in memory, and overwrite each other. So one process holds the directory.
//
// The lock is a listening socket in the directory: the kernel ends it with the process, however it ends, so no crash leaves it behind, and a
// number that another process may have by now is not asked. Each starter makes a socket of its own, with a random name, and then looks
// at all others: a dead one cannot come to life again and is removed; a living one holds the directory, or is starting too. Of two that start
// at once, the one later in the alphabet gives way, and the other waits for that. As each is there before it looks, no two can miss each other.

import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Lock {
  release(): Promise<void>
}

/** Somebody else has the directory. */
export class LockedError extends Error {}

const NAME = /^lock-[0-9a-f]{16}\.sock$/
/** A process that is stopped answers nothing, and lives. */
const ANSWER_WITHIN = 1000
const LONGEST_PATH = process.platform === 'darwin' ? 103 : 107

/** Takes a directory for this process, or throws LockedError. */
export async function lock(directory: string): Promise<Lock> {
  if (process.platform === 'win32') return lockByName(`\\\\.\\pipe\\embedded-${nameOf(directory)}`)
  const reach = reachable(directory)
  try {
    return await lockBySocket(reach.directory, reach.remove)
  } catch (error) {
    reach.remove()
    if (error instanceof LockedError || !refusesSockets(error)) throw error
    return lockIn(join(tmpdir(), `embedded-lock-${nameOf(directory)}`))
  }
}

/** Where the mount takes no sockets: a directory for the locks of this one, elsewhere on the machine. */
async function lockIn(elsewhere: string): Promise<Lock> {
  mkdirSync(elsewhere, { recursive: true, mode: 0o700 })
  return lockBySocket(elsewhere, () => {})
}

function refusesSockets(error: unknown): boolean {
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? '')
}

function nameOf(directory: string): string {
  const { dev, ino } = statSync(directory)
  return createHash('sha256')
    .update(`${dev} ${ino} ${realpathSync(directory)}`)
    .digest('hex')
    .slice(0, 24)
}

/** A path to the directory that is short enough for a socket in it. */
function reachable(directory: string): { directory: string; remove: () => void } {
  const real = realpathSync(directory)
  if (Buffer.byteLength(real) + 27 <= LONGEST_PATH) return { directory: real, remove: () => {} }
  const shortcut = mkdtempSync(join(tmpdir(), 'embedded-'))
  symlinkSync(real, join(shortcut, 'd'))
  return { directory: join(shortcut, 'd'), remove: () => rmSync(shortcut, { recursive: true, force: true }) }
}

async function lockBySocket(directory: string, cleanUp: () => void): Promise<Lock> {
  const name = `lock-${randomBytes(8).toString('hex')}.sock`
  const state = { answer: 'starting' }
  const server = createServer((socket) => socket.on('error', () => socket.destroy()).end(state.answer))
  await listening(server, join(directory, name))
  const release = async () => {
    await new Promise<void>((resolve) => server.close(() => resolve()))
    cleanUp()
  }
  try {
    for (const other of readdirSync(directory).filter((each) => NAME.test(each) && each !== name))
      await outlast(directory, other, name)
  } catch (error) {
    await release()
    throw error
  }
  state.answer = 'held'
  return { release }
}

async function outlast(directory: string, other: string, own: string): Promise<void> {
  for (;;) {
    const answer = await ask(join(directory, other))
    if (answer === 'dead') {
      rmSync(join(directory, other), { force: true })
      return
    }
    if (answer !== 'starting' || own > other) throw new LockedError(`another process uses the directory ${directory}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function ask(path: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(path)
    const timer = setTimeout(() => {
      socket.destroy()
      resolve('silent')
    }, ANSWER_WITHIN)
    const finish = (result: string) => {
      clearTimeout(timer)
      resolve(result)
    }
    socket.on('data', (chunk) => (answer += chunk.toString()))
    socket.on('end', () => finish(answer))
    socket.on('error', ({ code }: NodeJS.ErrnoException) =>
      finish(code === 'ECONNREFUSED' || code === 'ENOENT' ? 'dead' : 'silent'),
    )
  })
}

async function lockByName(path: string): Promise<Lock> {
  const server = createServer((socket) => socket.destroy())
  try {
    await listening(server, path)
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      ? new LockedError('another process uses the directory')
      : error
  }
  return { release: () => new Promise((resolve) => server.close(() => resolve())) }
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => resolve())
  })
}
