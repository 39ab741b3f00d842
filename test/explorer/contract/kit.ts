import { pino } from 'pino'
import { connect } from '../../../src/mongo/connect.ts'
import { createMailRecords, mailIndexes } from '../../../src/mongo/mails.ts'
import { createSessionRecords, sessionIndexes } from '../../../src/mongo/sessions.ts'
import { createTokenRecords, tokenIndexes } from '../../../src/mongo/tokens.ts'
import { createUsers, userIndexes } from '../../../src/mongo/users.ts'
import { createTestDatabase } from '../../testkit/database.ts'
import { emptyMemory } from '../memory.ts'
import { createMemoryPorts, type Ports } from '../ports.ts'
import { clock } from '../wiring.ts'

/** What a method promises, on whichever ports it is. */
export interface Case {
  readonly name: string
  run(ports: Ports): Promise<void>
}

/** The cases of a port: a method without one does not compile. */
export type CasesOf<P> = { readonly [Method in keyof P]: readonly [Case, ...Case[]] }

export const promise = (name: string, run: Case['run']): Case => ({ name, run })

/** Ports of one kind. */
export interface Kind {
  readonly ports: Ports
  /** Forgets all documents. */
  clear(): Promise<void>
  close(): Promise<void>
}

export async function memoryKind(): Promise<Kind> {
  const memory = emptyMemory()
  let made = 0
  const newId = () => (++made).toString(16).padStart(24, 'f')
  return {
    ports: createMemoryPorts(memory, newId),
    async clear() {
      Object.assign(memory, emptyMemory())
    },
    async close() {},
  }
}

export async function realKind(): Promise<Kind> {
  const { uri, db, drop } = await createTestDatabase()
  const database = await connect({ kind: 'mongodb', uri, name: db.databaseName }, clock, pino({ level: 'silent' }))
  database.prepare([userIndexes, sessionIndexes, tokenIndexes, mailIndexes])
  await database.prepared
  return {
    ports: {
      users: createUsers(database),
      sessions: createSessionRecords(database),
      tokens: createTokenRecords(database),
      mails: createMailRecords(database),
    },
    async clear() {
      for (const name of ['users', 'sessions', 'tokens', 'mails']) await db.collection(name).deleteMany({})
    },
    async close() {
      await database.close()
      await drop()
    },
  }
}

/** The ids of two users, and of nobody. */
export const [ANN, BEN, NOBODY] = ['a'.repeat(24), 'b'.repeat(24), 'c'.repeat(24)] as const
