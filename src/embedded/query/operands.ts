import { CODES, CommandError } from '../errors.ts'
import { isNumber, toNumber } from '../values/numbers.ts'
import { TYPE, type Value } from '../values/value.ts'

const TYPE_NAMES = new Map<string, readonly number[]>([
  ...Object.entries(TYPE).map(([name, code]) => [name, [code]] as const),
  ['binData', [TYPE.binary]],
  ['javascript', [TYPE.code]],
  ['javascriptWithScope', [TYPE.codeWithScope]],
  ['number', [TYPE.int, TYPE.long, TYPE.double, TYPE.decimal]],
])
/** Names of this server that are not MongoDB's. */
const NOT_NAMES = ['binary', 'code', 'codeWithScope']

/** Parses the types that `$type` asks for: numbers, names, or a list of them. */
export function parseTypes(value: Value): ReadonlySet<number> {
  const items = value.isArray ? value.items : [value]
  if (items.length === 0) throw new CommandError(CODES.FailedToParse, '$type must match at least one type')
  return new Set(items.flatMap(parseType))
}

function parseType(value: Value): readonly number[] {
  if (value.type === TYPE.string) {
    const types = NOT_NAMES.includes(value.text) ? undefined : TYPE_NAMES.get(value.text)
    if (types === undefined) throw new CommandError(CODES.BadValue, `Unknown type name alias: ${value.text}`)
    return types
  }
  if (!isNumber(value)) throw new CommandError(CODES.TypeMismatch, 'type must be represented as a number or a string')
  const number = toNumber(value)
  const type = number === -1 ? TYPE.minKey : number
  const isKnown = number !== TYPE.minKey && Object.values(TYPE).some((each) => each === type)
  if (!isKnown) throw new CommandError(CODES.BadValue, `Invalid numerical type code: ${number}`)
  return [type]
}

/** Parses the number of elements that `$size` asks for. */
export function parseSize(value: Value): number {
  const size = isNumber(value) ? toNumber(value) : Number.NaN
  if (!Number.isInteger(size) || size < 0)
    throw new CommandError(CODES.BadValue, '$size must be a whole number that is not negative')
  return size
}
