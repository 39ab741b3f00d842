import { readFileSync } from 'node:fs'
import { type Document, MongoClient } from 'mongodb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openServer, runCommands, type TestServer } from './kit.ts'
import { rows } from './rows.ts'

const recording = JSON.parse(readFileSync(new URL('./recordings/rows.json', import.meta.url), 'utf8')) as {
  server: string
  rows: Record<string, Document[]>
}

let server: TestServer
beforeAll(async () => {
  server = await openServer()
})
afterAll(() => server.close())

test('the recording holds the replies to every row, in order', () => {
  expect(Object.keys(recording.rows)).toEqual(rows.map(({ name }) => name))
})

test.each(rows.map((row) => [row.name, row] as const))(
  'the embedded server replies as MongoDB did to %s',
  async (name, row) => {
    expect(await runCommands(server.db, row)).toEqual(recording.rows[name])
  },
)

test.skipIf(process.env.MONGODB_URI === undefined)(
  'a real server still replies as recorded',
  { timeout: 60_000 },
  async () => {
    const client = await MongoClient.connect(process.env.MONGODB_URI as string)
    const db = client.db('embedded_rows')
    try {
      for (const row of rows)
        expect({ [row.name]: await runCommands(db, row) }).toEqual({ [row.name]: recording.rows[row.name] })
    } finally {
      await db.dropDatabase()
      await client.close()
    }
  },
)
