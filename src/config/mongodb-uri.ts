import { MongoClient } from 'mongodb'
import { SettingFault } from './fault.ts'
import { type ClientLimits, findOptionFaults, findWeakOptions, pickClientLimits } from './mongodb-options.ts'

export type DatabaseSetting =
  | { kind: 'mongodb'; uri: string; name: string; limits: ClientLimits }
  | { kind: 'embedded'; directory: string; name: string }

export const DEFAULT_DATABASE = 'gatehouse'

const MONGODB_URI = /^mongodb(?:\+srv)?:\/\/[^/?]+(?:\/([^?]*))?(?:\?(.*))?$/s

/** The driver's errors repeat the address with its password, so only the fact is reported. */
function isUnderstood(uri: string): boolean {
  try {
    return new MongoClient(uri) !== null
  } catch {
    return false
  }
}

/** @throws SettingFault for a directory that no system can have */
export function readDirectory(text: string): string {
  if (/\p{Cc}/u.test(text)) throw new SettingFault('must not hold control characters')
  return text
}

/** @throws SettingFault for anything but a valid `mongodb://…`, `mongodb+srv://…` or `embedded:DIR` that keeps the guarantees */
export function readMongodbUri(text: string): DatabaseSetting {
  if (text.startsWith('embedded:')) {
    const directory = readDirectory(text.slice('embedded:'.length))
    if (directory === '')
      throw new SettingFault('needs a directory after embedded:, such as embedded:/var/lib/gatehouse')
    return { kind: 'embedded', directory, name: DEFAULT_DATABASE }
  }
  const [isAddress, path = '', queryText = ''] = MONGODB_URI.exec(text) ?? []
  if (isAddress === undefined) throw new SettingFault('must be a mongodb:// or mongodb+srv:// address, or embedded:DIR')
  const query = new URLSearchParams(queryText)
  const weak = findWeakOptions(query)
  if (weak.length > 0)
    throw new SettingFault(
      `must not weaken what is promised (${weak.join(', ')}): writes go to the majority, reads to the primary, over checked TLS, and both are retried`,
    )
  if (!/^[^/\\. "$*<>:|?]{0,63}$/.test(path)) throw new SettingFault('must name a database after the /, or none')
  const faults = findOptionFaults(query)
  if (faults.length > 0) throw new SettingFault(...faults)
  if (!isUnderstood(text))
    throw new SettingFault(
      'is no address that the driver understands: is a character of the password not percent-encoded (@ is %40)?',
    )
  return { kind: 'mongodb', uri: text, name: path || DEFAULT_DATABASE, limits: pickClientLimits(query) }
}
