// What is promised about data hangs on this file: a commit returns when the data is on the disk, or throws and has changed nothing.
// The threats are a full disk and a directory that is taken away under the open file, where writes would succeed into nothing:
// both are errors of the commands concerned, and what comes later works when the disk does.

import { chmodSync, existsSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { open, type RootDatabase } from 'lmdb'
import { CODES, CommandError } from '../errors.ts'
import { findEnd } from './layout.ts'
import { type Pages, Room } from './room.ts'

export interface Range {
  readonly start: Buffer
  /** Exclusive. */
  readonly end: Buffer
  readonly reverse?: boolean
}

export interface Entry {
  readonly key: Buffer
  readonly value: Buffer
}

const CHUNK = 1000
const EVERYTHING = Number.MAX_SAFE_INTEGER

/** Address space that is set aside; the file itself grows only as it fills. */
const MAP_SIZES = [64 * 2 ** 30, 8 * 2 ** 30, 2 ** 30]

/** The data file: ordered bytes, read in the present state, written in transactions. */
export class Disk {
  readonly #path: string
  readonly #db: RootDatabase<Buffer, Buffer>
  readonly #inode: number
  readonly #room: Room
  /** What the transaction under way has written. */
  #writes = 0
  #bytes = 0

  constructor(path: string) {
    this.#path = path
    if (!existsSync(path)) writeFileSync(path, '', { mode: 0o600 })
    reserveLockFile(`${path}-lock`)
    this.#db = openMapped(path)
    this.#inode = statSync(path).ino
    this.#room = new Room(path, this.#readPages())
  }

  get(key: Buffer): Buffer | undefined {
    return this.#db.get(key)
  }

  put(key: Buffer, value: Buffer): void {
    this.#writes += 1
    this.#bytes += key.length + value.length
    this.#db.putSync(key, value)
  }

  remove(key: Buffer): void {
    this.#writes += 1
    this.#db.removeSync(key)
  }

  /** Removes all that begins with a prefix. */
  removeAll(prefix: Buffer): void {
    const range = { start: prefix, end: findEnd(prefix) }
    for (let keys = this.readKeys(range, CHUNK); keys.length > 0; keys = this.readKeys(range, CHUNK))
      for (const key of keys) this.remove(key)
  }

  isEmpty(): boolean {
    return this.#db.getKeysCount({ limit: 1 }) === 0
  }

  /** Reads the next entries of a range, at most `limit`, and about `maxBytes` of them. */
  read(range: Range, limit = EVERYTHING, maxBytes = Number.POSITIVE_INFINITY): Entry[] {
    const entries: Entry[] = []
    let size = 0
    for (const { key, value } of this.#db.getRange(toOptions(range, limit))) {
      entries.push({ key: key as Buffer, value })
      size += value.length
      if (size > maxBytes) break
    }
    return entries
  }

  readKeys(range: Range, limit = EVERYTHING): Buffer[] {
    return [...this.#db.getKeys(toOptions(range, limit))] as Buffer[]
  }

  /** Runs writes as one: on the disk when this returns, or undone when it throws. */
  runTransaction<T>(action: () => T): T {
    this.#assertPresent()
    this.#writes = 0
    this.#bytes = 0
    try {
      return this.#db.transactionSync(() => {
        const result = action()
        if (this.#writes > 0) this.#room.take(this.#readPages(), this.#writes, this.#bytes)
        return result
      })
    } catch (error) {
      throw this.#isFull(error) ? new CommandError(CODES.OutOfDiskSpace, 'the disk is full') : toCommandError(error)
    }
  }

  /** A write that the disk took only in part is an input/output error to LMDB. */
  #isFull(error: unknown): boolean {
    if (!/input\/output/i.test(String(error))) return false
    const { bavail, bsize } = statfsSync(dirname(this.#path))
    return bavail * bsize < MIN_FREE_BYTES
  }

  /** Runs writes as a part of the transaction that can be undone alone. */
  runPart<T>(action: () => T): T {
    return this.#db.transactionSync(action)
  }

  /** Copies the present state to a file that only its owner can read. */
  async copy(path: string): Promise<void> {
    await this.#db.backup(path, true)
    chmodSync(path, 0o600)
  }

  async close(): Promise<void> {
    const pages = this.#readPages()
    await this.#db.close()
    this.#room.close(pages)
  }

  #readPages(): Pages {
    return this.#db.getStats() as Pages
  }

  #assertPresent(): void {
    const present = statSync(this.#path, { throwIfNoEntry: false })
    if (present?.ino !== this.#inode)
      throw new CommandError(
        CODES.FileNotOpen,
        `the data file ${this.#path} was removed or replaced; nothing can be written`,
      )
  }
}

/** With less room than this a failing write means a full disk. */
const MIN_FREE_BYTES = 2 ** 20

const LOCK_FILE = Buffer.alloc(16 * 1024)

/** LMDB writes its own lock file through memory, where a full disk ends the process. So its room is taken before. */
function reserveLockFile(path: string): void {
  const { size } = statSync(path, { throwIfNoEntry: false }) ?? { size: 0 }
  if (size < LOCK_FILE.length) writeFileSync(path, LOCK_FILE, { mode: 0o600 })
}

function openMapped(path: string): RootDatabase<Buffer, Buffer> {
  for (const mapSize of MAP_SIZES) {
    try {
      return open<Buffer, Buffer>({
        path,
        mapSize,
        noSubdir: true,
        encoding: 'binary',
        keyEncoding: 'binary',
        overlappingSync: false,
        maxDbs: 1,
      })
    } catch (error) {
      if (mapSize === MAP_SIZES.at(-1) || !/ENOMEM|allocate memory|memory/i.test(String(error))) throw error
    }
  }
  throw new Error('unreachable')
}

function toOptions({ start, end, reverse }: Range, limit: number) {
  if (reverse !== true) return { start, end, limit }
  return { start: end, end: start, limit, reverse: true, exclusiveStart: true, inclusiveEnd: true }
}

const NO_SPACE = /no space|MDB_MAP_FULL|quota/i

/** Converts a failure of the disk to MongoDB's error; anything else stays what it is. */
export function toCommandError(error: unknown): unknown {
  if (error instanceof CommandError) return error
  const text = String(error instanceof Error ? error.message : error)
  if (NO_SPACE.test(text)) return new CommandError(CODES.OutOfDiskSpace, `the disk is full: ${text}`)
  if (/input\/output|read-only file system|permission denied|MDB_|no such file/i.test(text))
    return new CommandError(CODES.FileStreamFailed, `the disk fails: ${text}`)
  return error
}
