// A file that lost its end would kill the process: LMDB maps it, and a read behind its end is a bus error, not an exception. A file shorter than its
// last page says is not always damaged (the last pages may be free), so then, and only then, all pages in use are followed here, as plain bytes.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const HEADER = 24
const MAGIC = 0xbeefc0de
const FLAG = { branch: 1, leaf: 2, overflow: 4 } as const
const BIG_DATA = 1
const NONE = 0xffffffffffffffffn

interface Meta {
  readonly pageSize: number
  readonly roots: readonly bigint[]
  readonly lastPage: bigint
  readonly transaction: bigint
}

/** Says what is wrong with the pages of a data file, or nothing. */
export function faultIn(path: string): string | undefined {
  const file = openSync(path, 'r')
  try {
    const size = fstatSync(file).size
    const meta = latestMeta(file, size)
    if (meta === undefined) return 'its head cannot be read'
    if (BigInt(size) >= (meta.lastPage + 1n) * BigInt(meta.pageSize)) return undefined
    return meta.roots.every((root) => root === NONE || isWhole(file, size, meta.pageSize, root))
      ? undefined
      : 'it is cut short'
  } finally {
    closeSync(file)
  }
}

function latestMeta(file: number, size: number): Meta | undefined {
  const first = metaAt(file, 0)
  const second = first === undefined || size < 2 * first.pageSize ? undefined : metaAt(file, first.pageSize)
  if (first === undefined || second === undefined) return undefined
  return first.transaction > second.transaction ? first : second
}

function metaAt(file: number, at: number): Meta | undefined {
  const bytes = Buffer.alloc(256)
  if (readSync(file, bytes, 0, bytes.length, at) < bytes.length || bytes.readUInt32LE(HEADER) !== MAGIC)
    return undefined
  const dbs = HEADER + 24
  const db = (index: number) => dbs + index * 48
  return {
    pageSize: bytes.readUInt32LE(db(0)),
    roots: [bytes.readBigUInt64LE(db(0) + 40), bytes.readBigUInt64LE(db(1) + 40)],
    lastPage: bytes.readBigUInt64LE(db(2)),
    transaction: bytes.readBigUInt64LE(db(2) + 8),
  }
}

function isWhole(file: number, size: number, pageSize: number, root: bigint): boolean {
  const open = [root]
  const page = Buffer.alloc(pageSize)
  for (let number = open.pop(); number !== undefined; number = open.pop()) {
    const at = Number(number) * pageSize
    if (at + pageSize > size || readSync(file, page, 0, pageSize, at) < pageSize || page.readBigUInt64LE(0) !== number)
      return false
    const flags = page.readUInt16LE(18)
    if ((flags & FLAG.overflow) !== 0) {
      if (at + page.readUInt32LE(20) * pageSize > size) return false
    } else if ((flags & (FLAG.branch | FLAG.leaf)) === 0) return false
    else open.push(...children(page, (flags & FLAG.branch) !== 0))
  }
  return true
}

function children(page: Buffer, branch: boolean): bigint[] {
  const found: bigint[] = []
  const count = page.readUInt16LE(20) / 2
  for (let index = 0; index < count; index++) {
    const node = HEADER + page.readUInt16LE(HEADER + index * 2)
    const flags = page.readUInt16LE(node + 4)
    if (branch) found.push(BigInt(page.readUInt32LE(node)) | (BigInt(flags) << 32n))
    else if ((flags & BIG_DATA) !== 0) found.push(page.readBigUInt64LE(node + 8 + page.readUInt16LE(node + 6)))
  }
  return found
}
