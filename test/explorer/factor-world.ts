import './repeat-chance.ts'

import { createHash } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import { deriveKey, Encryption } from '../../src/domain/factors/encryption.ts'
import { readRecoveryCode } from '../../src/domain/factors/recovery-codes.ts'
import type { FactorFields, StoredPasskey } from '../../src/mongo/factor-document.ts'
import type { LoginChallenge } from '../../src/mongo/login-challenges.ts'
import { DAYS, MINUTES } from '../../src/units.ts'
import { drawAs } from './chance.ts'

/** The time of the explorer, which stands still. */
const NOW = new Date('2030-01-01T12:00:00Z')

export const ENCRYPTION = new Encryption([deriveKey('a secret of the explorer')])

const SECRETS = { app: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', other: 'KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU' }
const makeCode = (secret: string) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: NOW.getTime() })

/** What the owner has at hand: the code of their app, of an app that waits for it, and a recovery code. */
export const CODES = { app: makeCode(SECRETS.app), other: makeCode(SECRETS.other), recovery: 'A'.repeat(24) }
export const STEP = Math.floor(NOW.getTime() / 30_000)
export const RECOVERY_HASH = readRecoveryCode(CODES.recovery) ?? ''

/** The challenges of two logins whose password was right. */
export const CHALLENGES = { first: 'f'.repeat(43), second: 's'.repeat(43) }

function encrypt(secret: string) {
  drawAs({ name: 'world', drawn: 0 })
  return ENCRYPTION.encrypt(secret, { purpose: 'totp', userId: 'owner' })
}

const passkey: StoredPasskey = {
  ...{
    id: 'passkey',
    credentialId: 'AAAA',
    publicKey: '',
    counter: 1,
    transports: [],
    name: 'Laptop',
    rpId: 'localhost',
  },
  ...{ backupEligible: false, synced: false, loginCapable: true, createdAt: NOW, lastUsedAt: null },
}

export const OWNER_FACTORS: FactorFields = {
  passkeys: [passkey],
  totp: { ...encrypt(SECRETS.app), lastStep: 0, since: new Date(NOW.getTime() - DAYS) },
  totpPending: {
    secret: encrypt(SECRETS.other).secret,
    handle: 'handle of own',
    expires: new Date(NOW.getTime() + 5 * MINUTES),
  },
  recoveryCodes: [RECOVERY_HASH, 'the hash of another'],
  webauthnUserId: 'the handle of the owner',
}

export const OWNER_CHALLENGES: readonly LoginChallenge[] = Object.values(CHALLENGES).map((text) => ({
  ...{ _id: createHash('sha256').update(text).digest('hex'), purpose: 'secondFactor', userId: 'owner' },
  ...{ generation: 'generation of owner', remembered: false, tries: 0, alert: null },
  expires: new Date(NOW.getTime() + 5 * MINUTES),
}))
