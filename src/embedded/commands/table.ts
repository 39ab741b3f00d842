import { aggregate, count, distinct } from './aggregate.ts'
import { drop, dropDatabase, embeddedBackup, explain, listCollections } from './collections.ts'
import { find, getMore, killCursors } from './find.ts'
import { findAndModify } from './find-and-modify.ts'
import { buildInfo, endSessions, hello, ping } from './hello.ts'
import { createIndexes, dropIndexes, listIndexes } from './indexes.ts'
import type { Command } from './request.ts'
import { deleteCommand, insert, update } from './write.ts'

/** All commands; what is not here is not known. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['hello', hello],
  ['ismaster', hello],
  ['isMaster', hello],
  ['ping', ping],
  ['buildInfo', buildInfo],
  ['buildinfo', buildInfo],
  ['endSessions', endSessions],
  ['killCursors', killCursors],
  ['insert', insert],
  ['find', find],
  ['getMore', getMore],
  ['update', update],
  ['delete', deleteCommand],
  ['findAndModify', findAndModify],
  ['findandmodify', findAndModify],
  ['aggregate', aggregate],
  ['count', count],
  ['distinct', distinct],
  ['createIndexes', createIndexes],
  ['dropIndexes', dropIndexes],
  ['listIndexes', listIndexes],
  ['listCollections', listCollections],
  ['drop', drop],
  ['dropDatabase', dropDatabase],
  ['explain', explain],
  ['embeddedBackup', embeddedBackup],
])
