import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'

/** One database server for both sides: that of MONGODB_URI, else an embedded one. */
export interface SharedDatabase {
  kind: string
  /** A connection string for a database of that name, which `close` removes. */
  uriFor(name: string): string
  close(): Promise<void>
}

/** Opens the server that both sides of a benchmark use. */
export async function openDatabase(): Promise<SharedDatabase> {
  const given = process.env.MONGODB_URI
  return given ? remote(given) : embedded()
}

/** Runs `use` with an empty folder, and removes it. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function embedded(): Promise<SharedDatabase> {
  const { startEmbedded } = await import('../../src/embedded/start.ts')
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'))
  const server = await startEmbedded({ directory, database: 'bench' })
  return {
    kind: 'the embedded database',
    uriFor: (name) => withName(server.uri, name),
    async close() {
      await server.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

function remote(uri: string): SharedDatabase {
  const names = new Set<string>()
  const suffix = `bench_${process.pid}`
  return {
    kind: 'the server of MONGODB_URI',
    uriFor(name) {
      names.add(`${name}_${suffix}`)
      return withName(uri, `${name}_${suffix}`)
    },
    async close() {
      if (names.size === 0) return
      const client = await MongoClient.connect(uri)
      for (const name of names) await client.db(name).dropDatabase()
      await client.close()
    },
  }
}

/** The same server and credentials, another database. */
function withName(uri: string, name: string): string {
  const [, hosts = '', path = '', query = ''] = /^([^/]+:\/\/[^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(uri) ?? []
  const options = new URLSearchParams(query)
  if (hosts.includes('@') && path !== '' && !options.has('authSource')) options.set('authSource', path)
  return `${hosts}/${name}${options.size > 0 ? `?${options}` : ''}`
}
