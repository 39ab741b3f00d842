/** A passkey as stored with its user. */
export interface StoredPasskey {
  id: string
  /** WebAuthn's credential id, in base64url. */
  credentialId: string
  /** COSE, in base64url. */
  publicKey: string
  counter: number
  transports: string[]
  name: string
  /** The relying party that it was made for. */
  rpId: string
  /** Whether it can be backed up; never changes. */
  backupEligible: boolean
  /** Whether it is backed up now. */
  synced: boolean
  /** Whether it verified its user when it was added. */
  loginCapable: boolean
  createdAt: Date
  lastUsedAt: Date | null
}

/** A secret of an authenticator app, encrypted. */
export interface StoredTotp {
  secret: string
  /** The id of the key that encrypted it. */
  keyId: string
  /** The last time step whose code was used. */
  lastStep: number
  since: Date
}

/** A secret that waits for its first code, in the session that asked for it. */
export interface PendingTotp {
  secret: string
  handle: string
  expires: Date
}

/** The second factors of a user. */
export interface FactorFields {
  passkeys?: StoredPasskey[]
  totp?: StoredTotp
  totpPending?: PendingTotp
  /** SHA-256 of the unused ones, in hex. */
  recoveryCodes?: string[]
  /** Wrong codes since the last login or reauthentication that was completed. */
  factorFailures?: number
  /** Wrong recovery codes since then, once the authenticator app is closed. */
  recoveryFailures?: number
  /** No code is looked at before. */
  factorWaitUntil?: Date
  /** When a second factor was last proved again. */
  reauthenticatedAt?: Date
  /** When the owner was last told that somebody with their password failed the second step. */
  factorAlertAt?: Date
  /** WebAuthn's user handle, in base64url. */
  webauthnUserId?: string
}
