import { pino } from 'pino'
import { createCollections } from '../../../src/mongo/collections.ts'
import { openDatabase } from '../../../src/mongo/database.ts'
import type { FactorFields } from '../../../src/mongo/factor-document.ts'
import { SessionStore } from '../../../src/mongo/session-store.ts'
import { OWN_INDEXES } from '../../../src/services.ts'
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
export type Cases<P> = { readonly [Method in keyof P]: readonly [Case, ...Case[]] }

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
  const address = { kind: 'mongodb', uri, name: db.databaseName } as const
  const database = await openDatabase(address, clock, pino({ level: 'silent' }))
  database.prepare(OWN_INDEXES)
  await database.prepared
  const { users, sessions, tokens, mails, factors, loginChallenges } = createCollections(database)
  const store = new SessionStore(database, (id) => id)
  return {
    ports: {
      ...{ users, sessions, tokens, mails },
      factors: {
        async find(id) {
          const { _id, ...fields } = (await factors.find(id)) as FactorFields & { _id?: unknown }
          return fields
        },
        countTry: (...args) => factors.countTry(...args),
        spend: (...args) => factors.spend(...args),
        setPendingTotp: (...args) => factors.setPendingTotp(...args),
        confirmTotp: (...args) => factors.confirmTotp(...args),
        removeTotp: (...args) => factors.removeTotp(...args),
        addPasskey: (...args) => factors.addPasskey(...args),
        removePasskey: (...args) => factors.removePasskey(...args),
        replaceRecoveryCodes: (...args) => factors.replaceRecoveryCodes(...args),
        reset: (...args) => factors.reset(...args),
        setUserHandle: (...args) => factors.setUserHandle(...args),
      },
      loginChallenges: {
        insert: (...args) => loginChallenges.insert(...args),
        find: (...args) => loginChallenges.find(...args),
        countTry: (...args) => loginChallenges.countTry(...args),
        setAlert: (...args) => loginChallenges.setAlert(...args),
        spend: (...args) => loginChallenges.spend(...args),
      },
      store: {
        get: async (id) => (await store.read(id)) ?? null,
        create: (record, expires) => store.create(record.id, record, expires),
        delete: (id) => store.delete(id),
      },
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
