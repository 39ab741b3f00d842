import { readDecimal } from './decimals.ts'
import { toNumber } from './numbers.ts'
import { TYPE, type Value } from './value.ts'

/** Prints a value as MongoDB does in the messages that programs read. */
export function showValue(value: Value): string {
  switch (value.type) {
    case TYPE.string:
      return JSON.stringify(value.text)
    case TYPE.int:
    case TYPE.long:
      return value.type === TYPE.int ? String(toNumber(value)) : String(value.bytes.readBigInt64LE(0))
    case TYPE.double: {
      const number = toNumber(value)
      return Number.isInteger(number) && Math.abs(number) < 1e15 ? number.toFixed(1) : String(number)
    }
    case TYPE.decimal: {
      const decimal = readDecimal(value)
      return `Decimal128("${typeof decimal === 'string' ? decimal : `${decimal.coefficient}E${decimal.exponent}`}")`
    }
    case TYPE.bool:
      return String(value.bytes[0] === 1)
    case TYPE.objectId:
      return `ObjectId('${value.bytes.toString('hex')}')`
    case TYPE.date:
      return `new Date(${value.bytes.readBigInt64LE(0)})`
    case TYPE.timestamp:
      return `Timestamp(${value.bytes.readUInt32LE(4)}, ${value.bytes.readUInt32LE(0)})`
    case TYPE.binary:
      return `BinData(${value.bytes[4]}, ${value.bytes.toString('hex', 5).toUpperCase()})`
    case TYPE.object: {
      const fields = [...value.fields].map(([name, field]) => `${name}: ${showValue(field)}`)
      return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`
    }
    case TYPE.array:
      return value.items.length === 0 ? '[]' : `[ ${value.items.map(showValue).join(', ')} ]`
    case TYPE.regex: {
      const [pattern, options] = value.bytes.toString().split('\0')
      return `/${pattern}/${options}`
    }
    case TYPE.minKey:
      return 'MinKey'
    case TYPE.maxKey:
      return 'MaxKey'
    default:
      return value.type === TYPE.null ? 'null' : 'undefined'
  }
}
