import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { type Cbor, encodeCbor } from './cbor.ts'

/** An authenticator in software. It can lie in every way that a service must notice. */
export interface AuthenticatorOptions {
  algorithm?: 'ES256' | 'EdDSA' | 'RS256'
  /** Whether its passkeys can be backed up, and are. */
  backedUp?: boolean
}

/** What an answer differs in from an honest one. */
export interface Lies {
  origin?: string
  rpId?: string
  challenge?: string
  type?: string
  crossOrigin?: boolean
  topOrigin?: string
  userVerified?: boolean
  userPresent?: boolean
  userHandle?: string | null
  counter?: number
  backupEligible?: boolean
  format?: string
  credentialId?: string
  algorithm?: number
  /** Signs with another key. */
  forged?: boolean
}

interface Options {
  challenge: string
  rp?: { id: string }
  rpId?: string
  user?: { id: string }
}

const FLAGS = { userPresent: 0x01, userVerified: 0x04, backupEligible: 0x08, backedUp: 0x10, attested: 0x40 }
const COSE_ALGORITHMS = { ES256: -7, EdDSA: -8, RS256: -257 }

const toHash = (text: string) => createHash('sha256').update(text).digest()
const fromJwk = (value: string | undefined) => Buffer.from(value ?? '', 'base64url')

function createKeys(algorithm: 'ES256' | 'EdDSA' | 'RS256'): { publicKey: KeyObject; privateKey: KeyObject } {
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' })
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519')
  return generateKeyPairSync('rsa', { modulusLength: 2048 })
}

function toCose(algorithm: 'ES256' | 'EdDSA' | 'RS256', key: KeyObject, named: number): Buffer {
  const { x, y, n, e } = key.export({ format: 'jwk' })
  const fields: Record<string, [Cbor, Cbor][]> = {
    ES256: [
      [1, 2],
      [3, named],
      [-1, 1],
      [-2, fromJwk(x)],
      [-3, fromJwk(y)],
    ],
    EdDSA: [
      [1, 1],
      [3, named],
      [-1, 6],
      [-2, fromJwk(x)],
    ],
    RS256: [
      [1, 3],
      [3, named],
      [-1, fromJwk(n)],
      [-2, fromJwk(e)],
    ],
  }
  return encodeCbor(new Map(fields[algorithm]))
}

export class Authenticator {
  readonly credentialId = randomBytes(32).toString('base64url')
  counter = 0
  userHandle: string | null = null
  readonly #origin: string
  readonly #algorithm: 'ES256' | 'EdDSA' | 'RS256'
  readonly #backedUp: boolean
  readonly #keys: ReturnType<typeof createKeys>

  constructor(origin: string, { algorithm = 'ES256', backedUp = true }: AuthenticatorOptions = {}) {
    this.#origin = origin
    this.#algorithm = algorithm
    this.#backedUp = backedUp
    this.#keys = createKeys(algorithm)
  }

  #clientData(type: string, { challenge }: Options, lies: Lies): string {
    const { crossOrigin = false, topOrigin } = lies
    const data = {
      ...{ type: lies.type ?? type, challenge: lies.challenge ?? challenge, origin: lies.origin ?? this.#origin },
      ...{ crossOrigin, ...(topOrigin ? { topOrigin } : {}) },
    }
    return Buffer.from(JSON.stringify(data)).toString('base64url')
  }

  #authenticatorData(rpId: string, lies: Lies, attested: Buffer = Buffer.alloc(0)): Buffer {
    const { userPresent = true, userVerified = true, backupEligible = this.#backedUp } = lies
    const flags =
      (userPresent ? FLAGS.userPresent : 0) |
      (userVerified ? FLAGS.userVerified : 0) |
      (backupEligible ? FLAGS.backupEligible : 0) |
      (backupEligible && this.#backedUp ? FLAGS.backedUp : 0) |
      (attested.length > 0 ? FLAGS.attested : 0)
    const rest = Buffer.alloc(5)
    rest.writeUInt8(flags)
    rest.writeUInt32BE(lies.counter ?? this.counter, 1)
    return Buffer.concat([toHash(lies.rpId ?? rpId), rest, attested])
  }

  /** Makes a passkey (RegistrationResponseJSON). */
  register(options: Options, lies: Lies = {}) {
    this.userHandle = options.user?.id ?? null
    const id = lies.credentialId ?? this.credentialId
    const rawId = Buffer.from(id, 'base64url')
    const length = Buffer.from([rawId.length >> 8, rawId.length & 0xff])
    const cose = toCose(this.#algorithm, this.#keys.publicKey, lies.algorithm ?? COSE_ALGORITHMS[this.#algorithm])
    const attested = Buffer.concat([Buffer.alloc(16), length, rawId, cose])
    const authData = this.#authenticatorData(options.rp?.id ?? '', lies, attested)
    const attestation = new Map<Cbor, Cbor>([
      ['fmt', lies.format ?? 'none'],
      ['attStmt', new Map()],
      ['authData', authData],
    ])
    return {
      ...{ id, rawId: id, type: 'public-key', clientExtensionResults: {}, authenticatorAttachment: 'platform' },
      response: {
        clientDataJSON: this.#clientData('webauthn.create', options, lies),
        attestationObject: encodeCbor(attestation).toString('base64url'),
        transports: ['internal'],
      },
    }
  }

  /** Uses the passkey (AuthenticationResponseJSON). */
  authenticate(options: Options, lies: Lies = {}) {
    if (!this.#backedUp) this.counter += 1
    const clientDataJSON = this.#clientData('webauthn.get', options, lies)
    const authenticatorData = this.#authenticatorData(options.rpId ?? '', lies)
    const signed = Buffer.concat([
      authenticatorData,
      createHash('sha256').update(Buffer.from(clientDataJSON, 'base64url')).digest(),
    ])
    const { privateKey } = lies.forged ? createKeys(this.#algorithm) : this.#keys
    const signature = sign(this.#algorithm === 'EdDSA' ? null : 'sha256', signed, privateKey)
    const userHandle = lies.userHandle === undefined ? this.userHandle : lies.userHandle
    const id = lies.credentialId ?? this.credentialId
    return {
      ...{ id, rawId: id, type: 'public-key', clientExtensionResults: {} },
      response: {
        ...{ clientDataJSON, authenticatorData: authenticatorData.toString('base64url') },
        ...{ signature: signature.toString('base64url'), ...(userHandle === null ? {} : { userHandle }) },
      },
    }
  }
}
