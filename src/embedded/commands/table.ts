import { embeddedBackup } from './backup.ts'
import { drop, dropDatabase, explain, listCollections } from './collections.ts'
import type { Command } from './command.ts'
import { aggregate, count } from './count.ts'
import { deleteCommand } from './delete.ts'
import { find, getMore, killCursors } from './find.ts'
import { findAndModify } from './find-and-modify.ts'
import { buildInfo, endSessions, helloCommand, ping } from './hello.ts'
import { createIndexes, dropIndexes, listIndexes } from './indexes.ts'
import { insert } from './insert.ts'
import { update } from './update.ts'

/** All commands; what is not here is not known. */
export const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['hello', helloCommand],
  ['ismaster', helloCommand],
  ['isMaster', helloCommand],
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
  ['createIndexes', createIndexes],
  ['dropIndexes', dropIndexes],
  ['listIndexes', listIndexes],
  ['listCollections', listCollections],
  ['drop', drop],
  ['dropDatabase', dropDatabase],
  ['explain', explain],
  ['embeddedBackup', embeddedBackup],
])
