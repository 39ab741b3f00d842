/**
 * The threat: an answer that was recorded, or made for another user, session or purpose. So a challenge is signed for what it
 * is for, and expires; nothing is stored when one is handed out, so that handing out costs nothing, and a used one is stored
 * until it expires, so that it counts once.
 */
import { createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import { MINUTES } from '../../units.ts'
import type { Deps } from '../deps.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'

const LIFETIME_MS = 5 * MINUTES
const RANDOM_BYTES = 16
const TIME_BYTES = 6
const MAC_BYTES = 32

/** What a challenge is for. `subject` is the login challenge, or the user, the session's handle and the generation. */
export interface ChallengePurpose {
  readonly purpose: 'login' | 'secondFactor' | 'registration' | 'reauthentication'
  readonly subject: string
}

/** A challenge whose signature and time are right. */
export interface ReadChallenge {
  readonly hash: string
  readonly expires: Date
}

/** Derives the key that signs challenges. */
export const deriveChallengeKey = (sessionSecret: string): Buffer =>
  Buffer.from(hkdfSync('sha256', sessionSecret, '', 'gatehouse passkey challenge', 32))

const sign = (key: Buffer, body: Uint8Array, { purpose, subject }: ChallengePurpose): Buffer =>
  createHmac('sha256', key).update(body).update(`${purpose}\n${subject}`).digest()

/** Creates a challenge for one purpose. */
export function createChallenge(
  { clock, challengeKeys }: Pick<Deps, 'clock' | 'challengeKeys'>,
  purpose: ChallengePurpose,
): { challenge: Uint8Array<ArrayBuffer>; expires: Date } {
  const expires = new Date(clock.now().getTime() + LIFETIME_MS)
  const time = Buffer.alloc(TIME_BYTES)
  time.writeUIntBE(expires.getTime(), 0, TIME_BYTES)
  const body = Buffer.concat([randomBytes(RANDOM_BYTES), time])
  return { challenge: Uint8Array.from(Buffer.concat([body, sign(challengeKeys[0], body, purpose)])), expires }
}

/** Reads a challenge that came back, in base64url. Returns null if it was not made for this, or has expired. */
export function readChallenge(
  { clock, challengeKeys }: Pick<Deps, 'clock' | 'challengeKeys'>,
  text: string,
  purpose: ChallengePurpose,
): ReadChallenge | null {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length !== RANDOM_BYTES + TIME_BYTES + MAC_BYTES || bytes.toString('base64url') !== text) return null
  const body = bytes.subarray(0, RANDOM_BYTES + TIME_BYTES)
  const mac = bytes.subarray(RANDOM_BYTES + TIME_BYTES)
  if (!challengeKeys.some((key) => timingSafeEqual(mac, sign(key, body, purpose)))) return null
  const expires = new Date(body.readUIntBE(RANDOM_BYTES, TIME_BYTES))
  if (clock.now() >= expires) return null
  return { hash: createHash('sha256').update(bytes).digest('hex'), expires }
}

/** Spends a challenge. Returns false for all but the first. */
export const spendChallenge = ({ db }: RequestAuth, { hash, expires }: ReadChallenge): Promise<boolean> =>
  db.usedChallenges.insert(hash, expires)
