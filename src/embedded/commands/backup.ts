import { existsSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { CODES, CommandError } from '../errors.ts'
import { TYPE } from '../values/value.ts'
import { type Command, field } from './command.ts'

/** Our own: a copy of the data file as it is at one moment, while others go on. Never over a file that is there. */
export const embeddedBackup: Command = {
  fields: [],
  async run(engine, request) {
    const path = field(request, 'embeddedBackup')
    if (path?.type !== TYPE.string || !isAbsolute(path.text))
      throw new CommandError(CODES.BadValue, 'embeddedBackup takes an absolute path')
    if (existsSync(path.text)) throw new CommandError(CODES.BadValue, `${path.text} exists already`)
    await engine.disk.copy(path.text)
    return {}
  },
}
