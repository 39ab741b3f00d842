import { release } from 'node:os'
import { MAX_DOCUMENT_BYTES, MAX_MESSAGE_BYTES, MAX_STATEMENTS } from '../limits.ts'
import type { Command } from './request.ts'

/** Answers as a standalone of MongoDB 6.0: so drivers send no transaction numbers, open no extra connections and compress nothing. */
export const hello: Command = {
  fields: [
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
  ],
  run: (_engine, { connection }) => ({
    helloOk: true,
    isWritablePrimary: true,
    ismaster: true,
    maxBsonObjectSize: MAX_DOCUMENT_BYTES,
    maxMessageSizeBytes: MAX_MESSAGE_BYTES,
    maxWriteBatchSize: MAX_STATEMENTS,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    connectionId: connection,
    minWireVersion: 0,
    maxWireVersion: 17,
    readOnly: false,
  }),
}

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
    maxBsonObjectSize: MAX_DOCUMENT_BYTES,
    storageEngines: ['lmdb'],
    buildEnvironment: { target_os: release() },
  }),
}

/** Sessions hold nothing here: cursors end by themselves. */
export const endSessions: Command = { fields: [], run: () => ({}) }
