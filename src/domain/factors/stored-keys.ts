import type { Collections } from '../../mongo/collections.ts'
import type { Encryption } from './encryption.ts'

const BATCH = 100

/** A stored secret cannot be decrypted. The message says which key is missing, for the operator. */
export class UnknownKeyError extends Error {
  override name = 'UnknownKeyError'

  constructor(ids: readonly string[]) {
    super(
      `No key has the id ${ids.join(', ')}, which encrypted authenticator apps in the database. Put the old secret back into SESSION_SECRET, or the key into ENCRYPTION_KEYS, then run: npm run admin -- reencrypt`,
    )
  }
}

/** @throws UnknownKeyError if a stored secret cannot be decrypted: without the key, every code would be wrong */
export async function assertKeysKnown(encryption: Encryption, { factors }: Collections): Promise<void> {
  const unknown = (await factors.listKeyIds()).filter((id) => !encryption.has(id))
  if (unknown.length > 0) throw new UnknownKeyError(unknown)
}

/** Encrypts with the first key what others have encrypted. Returns how many secrets there were. */
export async function reencryptAll(encryption: Encryption, { factors }: Collections): Promise<number> {
  for (let done = 0; ; ) {
    const found = await factors.findEncryptedByOthers(encryption.currentKeyId, BATCH)
    if (found.length === 0) return done
    for (const { userId, totp } of found) {
      const renewed = encryption.renew(totp, { purpose: 'totp', userId })
      if (await factors.reencrypt(userId, totp, renewed)) done += 1
    }
  }
}
