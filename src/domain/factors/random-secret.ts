import { randomBytes } from 'node:crypto'
import { Secret } from 'otpauth'

/** Creates a secret of so many random bytes. */
export function createRandomSecret(bytes: number): Secret {
  // Copied out of Node's pool.
  return new Secret({ buffer: Uint8Array.from(randomBytes(bytes)).buffer })
}
