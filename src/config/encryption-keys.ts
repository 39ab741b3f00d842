import { parseList, SettingFault } from './fault.ts'

/** A key that encrypts what must be readable, such as the secrets of authenticator apps. */
export interface ConfiguredKey {
  id: string
  key: Buffer
}

const KEY_BYTES = 32
/** Ids that begin with `s-` are those of keys that session secrets derive. */
const ENTRY = /^(?!s-)([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/_-]+={0,2})$/

/** @throws SettingFault for anything but ids with keys of 32 bytes; it repeats no key */
export function readEncryptionKeys(text: string): ConfiguredKey[] {
  const keys = parseList(text).map((entry) => {
    const [, id = '', encoded = ''] = ENTRY.exec(entry) ?? []
    return { id, key: Buffer.from(encoded, 'base64') }
  })
  const isWhole = keys.length > 0 && keys.every(({ id, key }) => id !== '' && key.length === KEY_BYTES)
  if (!isWhole)
    throw new SettingFault(`must hold ID:BASE64 of ${KEY_BYTES} bytes each, by commas; an id has letters and digits`)
  if (new Set(keys.map(({ id }) => id)).size < keys.length) throw new SettingFault('must not hold an id twice')
  return keys
}
