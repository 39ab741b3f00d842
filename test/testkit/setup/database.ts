import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startEmbedded } from '../../../src/embedded/start.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The server that every test file makes databases of its own on. */
    mongodbUri: string
  }
}

/** Lends all test files one database server: MONGODB_URI's, or an embedded one in a directory of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (process.env.MONGODB_URI) {
    project.provide('mongodbUri', process.env.MONGODB_URI)
    return async () => {}
  }
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-test-'))
  const embedded = await startEmbedded({ directory, database: 'gatehouse' })
  project.provide('mongodbUri', embedded.uri)
  return async () => {
    await embedded.close()
    rmSync(directory, { recursive: true, force: true })
  }
}
