// The threat: a disk without room. Where a write of LMDB fails, lmdb 3.5.6 prints its message past the end of a buffer of 100 bytes
// (`last_error` in mdb_page_flush), and the process dies sooner or later. So LMDB never meets a full disk: before each commit, the room
// that it may need is taken by zeros at the end of the file.

import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'

/** What lmdb's getStats tells, as far as it is needed here. */
export interface Pages {
  readonly pageSize: number
  readonly treeDepth: number
  readonly treeBranchPageCount: number
  readonly treeLeafPageCount: number
  readonly overflowPages: number
  readonly lastPageNumber: number
  readonly free: Omit<Pages, 'free' | 'lastPageNumber'>
}

const SPARE_BYTES = 256 * 2 ** 10
const ZEROS = Buffer.alloc(SPARE_BYTES)
/** For the list of free pages, which grows by what a transaction frees. */
const MIN_FREE_LIST_PAGES = 16
const FREED_PAGES_BY_PAGE = 256

const countPages = ({ treeBranchPageCount, treeLeafPageCount, overflowPages }: Pages['free']): number =>
  treeBranchPageCount + treeLeafPageCount + overflowPages

/** The most pages that the commit of these writes can add: each write copies and splits a path, but no page twice. */
function countNeeded(pages: Pages, writes: number, bytes: number): number {
  const byWrites = writes * (2 * pages.treeDepth + 2) + Math.ceil(bytes / pages.pageSize)
  const data = Math.min(byWrites, countPages(pages))
  return data + countPages(pages.free) + Math.ceil(data / FREED_PAGES_BY_PAGE) + MIN_FREE_LIST_PAGES
}

/** The room at the end of a data file. */
export class Room {
  readonly #path: string
  #file: number | undefined
  /** Up to here the disk has blocks for the file. */
  #end: number

  constructor(path: string, { lastPageNumber, pageSize }: Pages) {
    this.#path = path
    this.#end = (lastPageNumber + 1) * pageSize
  }

  /**
   * Takes the room for a commit of so many writes of so many bytes, and some more for the next ones.
   * @throws the system's error, ENOSPC or EDQUOT, where there is not enough
   */
  take(pages: Pages, writes: number, bytes: number): void {
    const needed = (pages.lastPageNumber + 1 + countNeeded(pages, writes, bytes)) * pages.pageSize
    if (needed + SPARE_BYTES / 2 <= this.#end) return
    try {
      this.#fillTo(needed + SPARE_BYTES)
    } catch (error) {
      if (this.#end < needed) throw error
    }
  }

  /** Gives the room back that is left. */
  close({ lastPageNumber, pageSize }: Pages): void {
    if (this.#file === undefined) return
    ftruncateSync(this.#file, (lastPageNumber + 1) * pageSize)
    closeSync(this.#file)
  }

  #fillTo(end: number): void {
    this.#file ??= openSync(this.#path, 'r+')
    while (this.#end < end) {
      const length = Math.min(ZEROS.length, end - this.#end)
      this.#end += writeSync(this.#file, ZEROS, 0, length, this.#end)
    }
  }
}
