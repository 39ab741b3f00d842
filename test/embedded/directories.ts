import { rmSync } from 'node:fs'
import { type Document, MongoClient } from 'mongodb'
import { onTestFinished } from 'vitest'
import { startEmbedded } from '../../src/embedded/start.ts'
import { createEmptyDirectory } from './kit.ts'

/** Creates an empty directory and removes it after the test. */
export function createDirectory(): string {
  const directory = createEmptyDirectory()
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

export const start = (directory: string) => startEmbedded({ directory, database: 'test' })

/** Creates a directory whose data file has these documents in the collection `c`. */
export async function createUsedDirectory(documents: Document[]): Promise<string> {
  const directory = createDirectory()
  const server = await start(directory)
  const client = await MongoClient.connect(server.uri)
  await client.db().collection('c').insertMany(documents)
  await client.close()
  await server.close()
  return directory
}
