import { CODES, CommandError, refused } from '../errors.ts'
import type { Engine } from '../storage/engine.ts'
import { double, from, type Plain } from '../values/make.ts'
import { TYPE, type Value } from '../values/value.ts'
import type { Reply, Request } from './command.ts'
import { checkGeneric } from './generic.ts'
import { commands } from './table.ts'

const OK = double(1)
const NOT_OK = double(0)

/** Runs a command and gives its answer, which may be an error */
export async function run(engine: Engine, body: Value, connection: number): Promise<Value> {
  try {
    const request = requestOf(body, connection)
    const command = commands.get(request.name)
    if (command === undefined) {
      if (body.fields.has('startTransaction') || body.fields.get('autocommit')?.bytes[0] === 0)
        throw refused(CODES.IllegalOperation, 'Transaction numbers are only allowed on a replica set member or mongos')
      throw refused(CODES.CommandNotFound, `no such command: '${request.name}'`)
    }
    checkGeneric(command, request)
    return from({ ...(await command.run(engine, request)), ok: OK })
  } catch (error) {
    return failure(error)
  }
}

function requestOf(body: Value, connection: number): Request {
  const name = body.fields.keys().next().value
  if (name === undefined) throw new CommandError(CODES.FailedToParse, 'a command needs a name')
  const db = body.fields.get('$db')
  if (db?.type !== TYPE.string) throw new CommandError(40571, 'OP_MSG requests require a $db argument')
  if (!/^[^\0/\\. "$]{1,63}$/.test(db.text))
    throw new CommandError(CODES.InvalidNamespace, `Invalid database name: '${db.text}'`)
  return { name, body, db: db.text, connection }
}

/** An error as the answer to a command. What nobody foresaw is an internal error: its write was undone, and the next command may work. */
export function failure(thrown: unknown): Value {
  const error =
    thrown instanceof CommandError
      ? thrown
      : new CommandError(CODES.InternalError, String((thrown as Error)?.stack ?? thrown))
  const { code, codeName, message, extra } = error
  const reply: Record<string, Plain | undefined> = { ok: NOT_OK, errmsg: message, code, codeName, ...(extra as Reply) }
  return from(reply)
}
