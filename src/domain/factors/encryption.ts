/**
 * The threat: a dump of the database, from which somebody makes every user's codes. So secrets that must be readable are
 * encrypted with a key that the database does not hold, bound to their purpose and user: a secret copied to another user opens
 * nothing.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const ALGORITHM = 'aes-256-gcm'
const KEY_BYTES = 32
/** NIST SP 800-38D. */
const IV_BYTES = 12
const TAG_BYTES = 16
const ID_BYTES = 6

export interface EncryptionKey {
  readonly id: string
  readonly key: Buffer
}

/** What a ciphertext is bound to. */
export interface Binding {
  readonly purpose: 'totp'
  readonly userId: string
}

export interface Encrypted {
  /** The ciphertext in base64url, with the id of its key in front. */
  readonly secret: string
  readonly keyId: string
}

/** Derives a key from a session secret, with an id that tells nothing about either. */
export function deriveKey(sessionSecret: string): EncryptionKey {
  const derive = (purpose: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', sessionSecret, '', `gatehouse ${purpose}`, bytes))
  return { id: `s-${derive('encryption key id', ID_BYTES).toString('hex')}`, key: derive('encryption key', KEY_BYTES) }
}

const toAdditionalData = ({ purpose, userId }: Binding) => Buffer.from(`${purpose} ${userId}`)

/** Encrypts with the first key, decrypts with any. */
export class Encryption {
  readonly #current: EncryptionKey
  readonly #keys: ReadonlyMap<string, EncryptionKey>

  constructor(keys: readonly [EncryptionKey, ...EncryptionKey[]]) {
    this.#current = keys[0]
    this.#keys = new Map(keys.map((key) => [key.id, key]))
  }

  get currentKeyId(): string {
    return this.#current.id
  }

  has(keyId: string): boolean {
    return this.#keys.has(keyId)
  }

  encrypt(plain: string, binding: Binding): Encrypted {
    const { id, key } = this.#current
    const iv = randomBytes(IV_BYTES)
    const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES }).setAAD(toAdditionalData(binding))
    const sealed = Buffer.concat([iv, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()])
    return { secret: `${id}.${sealed.toString('base64url')}`, keyId: id }
  }

  /** @throws Error if no key has the id, or if the ciphertext is of something else */
  decrypt(secret: string, binding: Binding): string {
    const [id = '', text = ''] = secret.split('.')
    const found = this.#keys.get(id)
    if (!found) throw new Error(`No encryption key has the id ${id}.`)
    const sealed = Buffer.from(text, 'base64url')
    const end = sealed.length - TAG_BYTES
    const decipher = createDecipheriv(ALGORITHM, found.key, sealed.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
      .setAAD(toAdditionalData(binding))
      .setAuthTag(sealed.subarray(end))
    return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, end)), decipher.final()]).toString('utf8')
  }

  /** Encrypts with the first key what another one has encrypted; the same if it was the first. */
  renew(encrypted: Encrypted, binding: Binding): Encrypted {
    const { secret, keyId } = encrypted
    return keyId === this.#current.id ? { secret, keyId } : this.encrypt(this.decrypt(secret, binding), binding)
  }
}
