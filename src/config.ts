import type { ConfiguredKey } from './config/encryption-keys.ts'
import { readEnvFile } from './config/env-file.ts'
import { type DatabaseSetting, DEFAULT_DATABASE } from './config/mongodb-uri.ts'
import type { RateLimit } from './config/rate-limit.ts'
import { findFaultsBetween } from './config/rules.ts'
import { type Environment, parseSettings, type Settings } from './config/settings.ts'

/** In milliseconds: without a request, and in all. */
export interface Lifetime {
  idle: number
  absolute: number
}

/** The limits by what they count; null turns one off. */
export interface RateLimits {
  login: RateLimit | null
  loginAddress: RateLimit | null
  mail: RateLimit | null
  mailAddress: RateLimit | null
  signupAddress: RateLimit | null
  tokenAddress: RateLimit | null
  challengeAddress: RateLimit | null
}

/** The settings, checked and complete. Durations are milliseconds. */
export interface Config {
  production: boolean
  host: string
  port: number
  /** The origin in the browser's address bar; null stands for http://localhost and the port in use. */
  publicUrl: string | null
  /** The origin of the front end; null stands for the public one. */
  appUrl: string | null
  allowedOrigins: string[]
  trustProxy: number | string[] | null
  keepAliveMs: number
  database: DatabaseSetting
  dataDir: string
  /** The first signs, all verify; null means that one is generated and kept in `dataDir`. */
  sessionSecrets: string[] | null
  lifetimes: { ordinary: Lifetime; remembered: Lifetime; staff: Lifetime }
  signup: 'open' | 'invited' | 'closed'
  emailVerification: 'optional' | 'required'
  passwordMinLength: number
  /** The base address of a Pwned Passwords range service; null asks none. */
  breachedPasswords: string | null
  loginAlerts: boolean
  auditRetentionMs: number
  /** The first encrypts, all decrypt, as do the keys that the session secrets derive. */
  encryptionKeys: ConfiguredKey[]
  requireSecondFactor: 'none' | 'staff'
  /** WebAuthn's relying party; null stands for the host of the front end. */
  rpId: string | null
  /** A manifest of the operations that may run; null lets all run. */
  trustedDocuments: string | null
  /** Staff may run any operation, as in GraphiQL. */
  trustedDocumentsExceptStaff: boolean
  /** Where metrics are served; null turns them off. */
  metrics: { host: string; port: number } | null
  limits: RateLimits
  smtp: { url: string; from: string } | null
  /** The name on pages, in mails and in authenticator apps. */
  serviceName: string
  /** `#rrggbb`, in lower case. */
  accentColor: string
  console: boolean
  graphiql: boolean
  introspection: boolean
  logLevel: string
  /** The size of libuv's pool, as Node reads it. */
  threads: number
}

/** The settings are wrong. The message lists every fault on a line of its own, without secrets. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  constructor(faults: string[]) {
    super(`These settings are wrong:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`)
  }
}

/**
 * Adds the variables of a file that the environment does not set.
 * @throws ConfigError that names each wrong line, but never its value
 */
export function loadEnvFile(path: string, env: Environment): void {
  const { values, faults } = readEnvFile(path)
  if (faults.length > 0) throw new ConfigError(faults)
  for (const [name, value] of Object.entries(values)) env[name] ??= value
}

/** @throws ConfigError that lists all faults at once */
export function readConfig(env: Environment): Config {
  const { settings, faults } = parseSettings(env)
  faults.push(...findFaultsBetween(settings, env))
  if (faults.length > 0) throw new ConfigError(faults)
  return toConfig(settings as Required<Settings>)
}

function toConfig(settings: Required<Settings>): Config {
  const production = settings.NODE_ENV === 'production'
  const dataDir = settings.DATA_DIR
  return {
    production,
    host: settings.HOST,
    port: settings.PORT,
    publicUrl: settings.PUBLIC_URL ?? null,
    appUrl: settings.APP_URL ?? null,
    allowedOrigins: settings.ALLOWED_ORIGINS,
    trustProxy: settings.TRUST_PROXY ?? null,
    keepAliveMs: settings.KEEP_ALIVE,
    database: settings.MONGODB_URI ?? { kind: 'embedded', directory: dataDir, name: DEFAULT_DATABASE },
    dataDir,
    sessionSecrets: settings.SESSION_SECRET ?? null,
    lifetimes: {
      ordinary: { idle: settings.SESSION_IDLE, absolute: settings.SESSION_ABSOLUTE },
      remembered: { idle: settings.SESSION_REMEMBERED_IDLE, absolute: settings.SESSION_REMEMBERED_ABSOLUTE },
      staff: { idle: settings.SESSION_STAFF_IDLE, absolute: settings.SESSION_STAFF_ABSOLUTE },
    },
    signup: settings.SIGNUP,
    emailVerification: settings.EMAIL_VERIFICATION,
    passwordMinLength: settings.PASSWORD_MIN_LENGTH,
    breachedPasswords: settings.BREACHED_PASSWORDS,
    loginAlerts: settings.LOGIN_ALERTS,
    auditRetentionMs: settings.AUDIT_RETENTION,
    encryptionKeys: settings.ENCRYPTION_KEYS ?? [],
    requireSecondFactor: settings.REQUIRE_SECOND_FACTOR,
    rpId: settings.WEBAUTHN_RP_ID ?? null,
    trustedDocuments: settings.TRUSTED_DOCUMENTS ?? null,
    trustedDocumentsExceptStaff: settings.TRUSTED_DOCUMENTS_EXCEPT_STAFF,
    metrics: settings.METRICS ?? null,
    limits: toRateLimits(settings),
    smtp: settings.SMTP_URL ? { url: settings.SMTP_URL, from: settings.MAIL_FROM ?? '' } : null,
    serviceName: settings.SERVICE_NAME,
    accentColor: settings.ACCENT_COLOR,
    console: settings.CONSOLE,
    graphiql: settings.GRAPHIQL ?? !production,
    introspection: settings.INTROSPECTION ?? !production,
    logLevel: settings.LOG_LEVEL,
    threads: settings.UV_THREADPOOL_SIZE,
  }
}

function toRateLimits(settings: Required<Settings>): RateLimits {
  return {
    login: settings.LIMIT_LOGIN,
    loginAddress: settings.LIMIT_LOGIN_ADDRESS,
    mail: settings.LIMIT_MAIL,
    mailAddress: settings.LIMIT_MAIL_ADDRESS,
    signupAddress: settings.LIMIT_SIGNUP_ADDRESS,
    tokenAddress: settings.LIMIT_TOKEN_ADDRESS,
    challengeAddress: settings.LIMIT_CHALLENGE_ADDRESS,
  }
}
