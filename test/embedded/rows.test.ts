import { readFileSync } from 'node:fs'
import { type Document, MongoClient } from 'mongodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answers, type Home, home } from './kit.ts'
import { rows } from './rows.ts'

const recording = JSON.parse(readFileSync(new URL('./recordings/rows.json', import.meta.url), 'utf8')) as {
  server: string
  rows: Record<string, Document[]>
}

let here: Home
beforeAll(async () => {
  here = await home()
})
afterAll(() => here.close())

describe(`the embedded server answers as ${recording.server} did`, () => {
  test('the recording is of this table', () => {
    expect(Object.keys(recording.rows)).toEqual(rows.map(({ name }) => name))
  })

  test.each(rows)('$name', async (row) => {
    expect(await answers(here.db, row)).toEqual(recording.rows[row.name])
  })
})

describe.skipIf(process.env.MONGODB_URI === undefined)('a real server still answers as recorded', () => {
  test('all rows', { timeout: 60_000 }, async () => {
    const client = await MongoClient.connect(process.env.MONGODB_URI as string)
    const db = client.db('embedded_rows')
    try {
      for (const row of rows)
        expect({ [row.name]: await answers(db, row) }).toEqual({ [row.name]: recording.rows[row.name] })
    } finally {
      await db.dropDatabase()
      await client.close()
    }
  })
})
