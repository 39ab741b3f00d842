import { rmSync } from 'node:fs'
import { type Document, MongoClient } from 'mongodb'
import { onTestFinished } from 'vitest'
import { startEmbedded } from '../../src/embedded/start.ts'
import { emptyDirectory } from './kit.ts'

/** An empty directory that goes with the test. */
export function somewhere(): string {
  const directory = emptyDirectory()
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

export const start = (directory: string) => startEmbedded({ directory, database: 'test' })

/** A directory whose data file has these documents in the collection `c`. */
export async function used(documents: Document[]): Promise<string> {
  const directory = somewhere()
  const here = await start(directory)
  const client = await MongoClient.connect(here.uri)
  await client.db().collection('c').insertMany(documents)
  await client.close()
  await here.close()
  return directory
}
