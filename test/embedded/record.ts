import { mkdirSync, writeFileSync } from 'node:fs'
import { MongoClient } from 'mongodb'
import { runCommands } from './kit.ts'
import { rows } from './rows.ts'

// Records the replies of a real MongoDB (MONGODB_URI) to the rows, for machines without one.

const client = await MongoClient.connect(process.env.MONGODB_URI as string)
const db = client.db('embedded_rows')
const { version } = await db.admin().serverInfo()
const recorded: Record<string, unknown> = {}
for (const row of rows) {
  if (row.name in recorded) throw new Error(`two rows are called ${row.name}`)
  recorded[row.name] = await runCommands(db, row)
}
await db.dropDatabase()
await client.close()
const directory = new URL('./recordings/', import.meta.url)
mkdirSync(directory, { recursive: true })
const lines = Object.entries(recorded).map(([name, all]) => `${JSON.stringify(name)}: ${JSON.stringify(all)}`)
writeFileSync(
  new URL('rows.json', directory),
  `{"server": ${JSON.stringify(`MongoDB ${version}`)}, "rows": {\n${lines.join(',\n')}\n}}\n`,
)
console.info(`${rows.length} rows recorded from MongoDB ${version}`)
