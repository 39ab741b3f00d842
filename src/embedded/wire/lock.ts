// Two processes on one data file would each believe what they have in memory, and overwrite each other. So one process holds the directory,
// by a lock of the kernel, which ends with the process however it ends. It is on a file of its own: LMDB locks parts of its files itself.

import { closeSync, openSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { DATA_FILE } from '../files.ts'

interface FileLocks {
  tryLock(fd: number): boolean
}

const { tryLock } = createRequire(import.meta.url)('fs-native-extensions') as FileLocks

/** Somebody else has the directory. */
export class LockedError extends Error {}

/** Takes a directory for this process; the function it gives lets go. @throws LockedError */
export function lockDirectory(directory: string): () => void {
  const file = openSync(join(directory, `${DATA_FILE}-owner`), 'a', 0o600)
  try {
    if (!tryLock(file)) throw new LockedError(`another process uses the directory ${directory}`)
  } catch (error) {
    closeSync(file)
    throw error
  }
  return () => closeSync(file)
}
