import { CODES, CommandError, refuse } from '../errors.ts'
import type { Engine } from '../storage/engine.ts'
import { fromPlain, toDouble } from '../values/build.ts'
import { TYPE, type Value } from '../values/value.ts'
import { assertGeneric, assertNoTransaction, type Reply, type Request } from './request.ts'
import { COMMANDS } from './table.ts'

const OK = toDouble(1)
const NOT_OK = toDouble(0)

/** Runs a command and gives its answer, which may be an error. */
export async function runCommand(engine: Engine, body: Value, connection: number): Promise<Value> {
  try {
    const request = parseRequest(body, connection)
    const command = COMMANDS.get(request.name)
    if (command === undefined) {
      assertNoTransaction(request)
      throw refuse(CODES.CommandNotFound, `no such command: '${request.name}'`)
    }
    assertGeneric(command, request)
    return fromPlain({ ...(await command.run(engine, request)), ok: OK })
  } catch (error) {
    return toErrorReply(error)
  }
}

function parseRequest(body: Value, connection: number): Request {
  const name = body.fields.keys().next().value
  if (name === undefined) throw new CommandError(CODES.FailedToParse, 'a command needs a name')
  const db = body.fields.get('$db')
  if (db?.type !== TYPE.string) throw new CommandError(40571, 'OP_MSG requests require a $db argument')
  if (!/^[^\0/\\. "$]{1,63}$/.test(db.text))
    throw new CommandError(CODES.InvalidNamespace, `Invalid database name: '${db.text}'`)
  return { name, body, db: db.text, connection }
}

/** Converts an error to a reply. An unexpected one is an internal error: its write was undone, and the next command may work. */
export function toErrorReply(thrown: unknown): Value {
  const error =
    thrown instanceof CommandError
      ? thrown
      : new CommandError(CODES.InternalError, String((thrown as Error)?.stack ?? thrown))
  const { code, codeName, message, extra } = error
  return fromPlain({ ok: NOT_OK, errmsg: message, code, codeName, ...(extra as Reply) })
}
