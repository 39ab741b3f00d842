// A data file that is damaged, cut short or not ours must not be opened for writing, or be mapped: a read behind its end would kill the process.
// So its head is read here as plain bytes, before LMDB sees it.

import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import { from, raw } from '../values/make.ts'
import { toNumber } from '../values/numbers.ts'
import { validate } from '../values/validate.ts'
import type { Value } from '../values/value.ts'
import type { Disk } from './disk.ts'
import { FORMAT, FORMAT_KEY } from './layout.ts'
import { lookAt } from './pages.ts'

/** A data file that cannot be used; the message is for people. */
export class DataFileError extends Error {}

const MAGIC = 0xbeefc0de
/** Behind a page's own header. */
const HEADER = 24

/** Looks at a file before it is opened: true where there is none yet, or nothing in it. Throws where it is not one of ours, of this version. */
export function checkFormat(path: string): boolean {
  if (!existsSync(path)) return true
  const head = Buffer.alloc(32)
  const file = openSync(path, 'r')
  try {
    if (fstatSync(file).size === 0) return true
    if (readSync(file, head, 0, head.length, 0) < head.length || head.readUInt32LE(HEADER) !== MAGIC)
      throw foreign(path)
  } finally {
    closeSync(file)
  }
  const look = lookAt(path)
  if ('fault' in look)
    throw new DataFileError(
      `The data file ${path} is damaged: ${look.fault}. It was left as it is: restore it from a backup, or move it away to start empty.`,
    )
  if (look.empty) return true
  if (look.first?.key.equals(FORMAT_KEY) !== true) throw foreign(path)
  checkVersion(path, look.first.value)
  return false
}

function checkVersion(path: string, stored: Buffer): void {
  validate(stored)
  const format = raw(stored).fields
  if (format.get('name')?.text !== FORMAT.name) throw foreign(path)
  const version = toNumber(format.get('version') as Value)
  if (version > FORMAT.version)
    throw new DataFileError(
      `The data file ${path} has format version ${version}, and this program knows versions up to ${FORMAT.version}. Use the newer program, or move the file away to start empty.`,
    )
  if (version < FORMAT.version)
    throw new DataFileError(
      `The data file ${path} has the older format version ${version}. Export it with the program that wrote it, and import it here.`,
    )
}

/** Marks a fresh file as ours. */
export function writeFormat(disk: Disk): void {
  disk.transaction(() => disk.put(FORMAT_KEY, from(FORMAT).bytes))
}

function foreign(path: string): DataFileError {
  return new DataFileError(
    `The file ${path} is not a data file of the embedded database, or it is damaged. It was left as it is: restore it from a backup, or move it away to start empty.`,
  )
}
