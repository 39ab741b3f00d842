// LMDB maps its file, and a read behind the end of a mapped file ends the process. So the head is read here as plain bytes, before LMDB
// sees it: what is not ours is refused untouched, and what is shorter than its head says is refused or, if only the free pages at the end
// are missing, made as long as it should be.

import { closeSync, existsSync, fstatSync, openSync, readSync, truncateSync } from 'node:fs'
import { fromBytes, fromPlain } from '../values/build.ts'
import { toNumber } from '../values/numbers.ts'
import { assertDocument } from '../values/validate.ts'
import type { Value } from '../values/value.ts'
import type { Disk } from './disk.ts'
import { FORMAT, FORMAT_KEY } from './layout.ts'

/** A data file that cannot be used; the message is for people. */
export class DataFileError extends Error {}

const MAGIC = 0xbeefc0de
const PAGE_HEADER_BYTES = 24
const HEAD_BYTES = 256
const NO_PAGE = 0xffffffffffffffffn

interface Head {
  readonly pageSize: number
  readonly roots: readonly bigint[]
  readonly lastPage: bigint
  readonly transaction: bigint
}

/** Checks a file before it is opened. @throws DataFileError if it is not an LMDB file, or damaged. */
export function checkFile(path: string): void {
  if (!existsSync(path)) return
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    if (size === 0) return
    const first = readHead(file, 0)
    if (first === undefined) throw createForeignError(path)
    const second = readHead(file, first.pageSize)
    if (second === undefined) throw createDamageError(path, 'its head cannot be read')
    const head = first.transaction > second.transaction ? first : second
    const isCut = head.roots.some((root) => root !== NO_PAGE && (root + 1n) * BigInt(head.pageSize) > BigInt(size))
    if (isCut) throw createDamageError(path, 'it is cut short')
    const whole = (head.lastPage + 1n) * BigInt(head.pageSize)
    if (BigInt(size) < whole) truncateSync(path, Number(whole))
  } finally {
    closeSync(file)
  }
}

function readHead(file: number, at: number): Head | undefined {
  const bytes = Buffer.alloc(HEAD_BYTES)
  if (readSync(file, bytes, 0, bytes.length, at) < bytes.length) return undefined
  if (bytes.readUInt32LE(PAGE_HEADER_BYTES) !== MAGIC) return undefined
  const free = PAGE_HEADER_BYTES + 24
  const [main, end] = [free + 48, free + 96]
  return {
    pageSize: bytes.readUInt32LE(free),
    roots: [bytes.readBigUInt64LE(free + 40), bytes.readBigUInt64LE(main + 40)],
    lastPage: bytes.readBigUInt64LE(end),
    transaction: bytes.readBigUInt64LE(end + 8),
  }
}

/** Reads the format version of an open file; undefined if nothing is in it. @throws DataFileError if it is not one of ours. */
export function readVersion(disk: Disk, path: string): number | undefined {
  const stored = disk.get(FORMAT_KEY)
  if (stored === undefined && disk.isEmpty()) return undefined
  if (stored === undefined) throw createForeignError(path)
  assertDocument(stored)
  const format = fromBytes(stored).fields
  if (format.get('name')?.text !== FORMAT.name) throw createForeignError(path)
  const version = toNumber(format.get('version') as Value)
  if (version > FORMAT.version)
    throw new DataFileError(
      `The data file ${path} has format version ${version}, and this program knows versions up to ${FORMAT.version}. Use the newer program, or move the file away to start empty.`,
    )
  return version
}

/** Marks a fresh file as ours. */
export function writeFormat(disk: Disk): void {
  disk.runTransaction(() => disk.put(FORMAT_KEY, fromPlain(FORMAT).bytes))
}

function createForeignError(path: string): DataFileError {
  return new DataFileError(
    `The file ${path} is not a data file of the embedded database, or it is damaged. It was left as it is: restore it from a backup, or move it away to start empty.`,
  )
}

function createDamageError(path: string, damage: string): DataFileError {
  return new DataFileError(
    `The data file ${path} is damaged: ${damage}. It was left as it is: restore it from a backup, or move it away to start empty.`,
  )
}
