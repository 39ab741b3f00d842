// A file that lost its end would kill the process: LMDB maps it, and a read behind its end is a bus error, not an exception. A file shorter than its
// last page says is not always damaged (the last pages may be free), so then, and only then, all pages in use are followed here, as plain bytes.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const HEADER = 24
/** Where in it a page says what it is. */
const FLAGS = 18
const MAGIC = 0xbeefc0de
const FLAG = { branch: 1, leaf: 2, overflow: 4 } as const
const BIG_DATA = 1
/** LMDB's own limit of levels. */
const DEEPEST = 32
const NONE = 0xffffffffffffffffn

interface Meta {
  readonly pageSize: number
  readonly roots: readonly bigint[]
  readonly lastPage: bigint
  readonly transaction: bigint
}

interface Entry {
  readonly key: Buffer
  readonly value: Buffer
}

/** What a data file is before it is opened: damaged, empty, or one whose first entry, if it is short, is this. */
export type Look = { readonly fault: string } | { readonly empty: boolean; readonly first: Entry | undefined }

export function lookAt(path: string): Look {
  const file = openSync(path, 'r')
  try {
    const size = fstatSync(file).size
    const meta = latestMeta(file, size)
    if (meta === undefined) return { fault: 'its head cannot be read' }
    const isLong = BigInt(size) >= (meta.lastPage + 1n) * BigInt(meta.pageSize)
    const used = meta.roots.filter((root) => root !== NONE)
    if (!isLong && !used.every((root) => isWhole(file, size, meta.pageSize, root))) return { fault: 'it is cut short' }
    const main = meta.roots[1] as bigint
    return { empty: main === NONE, first: main === NONE ? undefined : firstEntry(file, meta.pageSize, main) }
  } finally {
    closeSync(file)
  }
}

/** The least key, at the left end of the tree, with its value. */
function firstEntry(file: number, pageSize: number, root: bigint): Entry | undefined {
  const page = Buffer.alloc(pageSize)
  let number: bigint | undefined = root
  for (let depth = 0; number !== undefined && depth < DEEPEST; depth++) {
    readSync(file, page, 0, pageSize, Number(number) * pageSize)
    if ((page.readUInt16LE(FLAGS) & FLAG.branch) === 0) return entryIn(page)
    number = children(page, true)[0]
  }
  return undefined
}

function entryIn(leaf: Buffer): Entry | undefined {
  const node = HEADER + leaf.readUInt16LE(HEADER)
  const key = node + 8
  const value = key + leaf.readUInt16LE(node + 6)
  const end = value + leaf.readUInt32LE(node)
  const isPlain = leaf.readUInt16LE(node + 4) === 0
  return isPlain && end <= leaf.length
    ? { key: leaf.subarray(key, value), value: leaf.subarray(value, end) }
    : undefined
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
    const flags = page.readUInt16LE(FLAGS)
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
