import { release } from 'node:os'
import type { Command, Reply, Request } from './command.ts'

export const MAX_DOCUMENT = 16 * 2 ** 20
export const MAX_MESSAGE = 48_000_000

/** A standalone of MongoDB 6.0: so drivers send no transaction numbers, open no extra connections and compress nothing. */
function hello(_engine: unknown, request: Request): Reply {
  return {
    helloOk: true,
    isWritablePrimary: true,
    ismaster: true,
    maxBsonObjectSize: MAX_DOCUMENT,
    maxMessageSizeBytes: MAX_MESSAGE,
    maxWriteBatchSize: 100_000,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    connectionId: request.connection,
    minWireVersion: 0,
    maxWireVersion: 17,
    readOnly: false,
  }
}

const helloFields = [
  'helloOk',
  'client',
  'compression',
  'loadBalanced',
  'saslSupportedMechs',
  'speculativeAuthenticate',
  'hostInfo',
  'topologyVersion',
  'maxAwaitTimeMS',
  'backpressure',
]

export const helloCommand: Command = { fields: helloFields, run: hello }

export const ping: Command = { fields: [], run: () => ({}) }

export const buildInfo: Command = {
  fields: [],
  run: () => ({
    version: '6.0.5',
    versionArray: [6, 0, 5, 0],
    gitVersion: 'embedded',
    modules: ['embedded'],
    bits: 64,
    debug: false,
    maxBsonObjectSize: MAX_DOCUMENT,
    storageEngines: ['lmdb'],
    buildEnvironment: { target_os: release() },
  }),
}

export const endSessions: Command = {
  fields: [],
  run(engine, request) {
    for (const session of request.body.fields.get('endSessions')?.items ?? [])
      engine.cursors.endSession(session.isObject ? (session.fields.get('id')?.bytes.toString('hex') ?? '') : '')
    return {}
  },
}
