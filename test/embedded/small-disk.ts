import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import { createEmptyDirectory } from './kit.ts'

/** Mounts a small disk for the test. Returns undefined if this machine does not allow it. */
export function mountSmallDisk(): string | undefined {
  const directory = createEmptyDirectory()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', directory], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  onTestFinished(() => {
    execFileSync('umount', ['-l', directory])
    rmSync(directory, { recursive: true, force: true })
  })
  return directory
}
