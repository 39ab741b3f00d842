import { z } from 'zod'
import { DAYS, HOURS, MINUTES, SECONDS } from '../units.ts'
import { readColor, readServiceName } from './branding.ts'
import { readDuration } from './duration.ts'
import { readEncryptionKeys } from './encryption-keys.ts'
import { parseList, SettingFault, setting } from './fault.ts'
import { readListenAddress } from './listen-address.ts'
import { readMailFrom } from './mail-from.ts'
import { readDirectory, readMongodbUri } from './mongodb-uri.ts'
import { readOrigin, readOrigins } from './origin.ts'
import { readRangeService } from './range-service.ts'
import { readRateLimit } from './rate-limit.ts'
import { readRelyingParty } from './relying-party.ts'
import { readTrustProxy } from './trust-proxy.ts'

export type Environment = Record<string, string | undefined>

const MIN_SECRET_BYTES = 32

/** NIST SP 800-63B: at most 100 failures in a row for one user. */
const MAX_POINTS_PER_USER = 100
/** A whole company can share one address. */
const MAX_POINTS_PER_ADDRESS = 100_000

const duration = setting(readDuration)
const userLimit = setting((text) => readRateLimit(text, MAX_POINTS_PER_USER))
const addressLimit = setting((text) => readRateLimit(text, MAX_POINTS_PER_ADDRESS))
const flag = z.enum(['true', 'false'], { error: 'must be true or false' }).transform((value) => value === 'true')
const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

const integer = (min: number, max: number) =>
  setting((text) => {
    if (/^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text)
    throw new SettingFault(`must be a whole number from ${min} to ${max}`)
  })

const secrets = setting((text) => {
  const values = parseList(text)
  if (values.every((value) => Buffer.byteLength(value) >= MIN_SECRET_BYTES)) return values
  throw new SettingFault(`must hold secrets of at least ${MIN_SECRET_BYTES} bytes each, by commas`)
})

const smtpUrl = setting((text) => {
  if (/^smtps?:\/\/./.test(text) && URL.canParse(text) && new URL(text).hostname) return text
  throw new SettingFault('must be an smtp:// or smtps:// address')
})

export const SETTINGS = {
  NODE_ENV: z
    .enum(['development', 'test', 'production'], { error: 'must be development, test or production' })
    .default('development'),
  HOST: z
    .string()
    .regex(/^[\w.:-]+$/, 'must be a host name or an address')
    .default('127.0.0.1'),
  PORT: integer(0, 65535).default(4000),
  PUBLIC_URL: setting(readOrigin).optional(),
  APP_URL: setting(readOrigin).optional(),
  ALLOWED_ORIGINS: setting(readOrigins).default([]),
  TRUST_PROXY: setting(readTrustProxy).optional(),
  KEEP_ALIVE: setting((text) => readDuration(text, '1h')).default(75 * SECONDS),
  MONGODB_URI: setting(readMongodbUri).optional(),
  DATA_DIR: setting(readDirectory).default('.data'),
  SESSION_SECRET: secrets.optional(),
  SESSION_IDLE: duration.default(24 * HOURS),
  SESSION_ABSOLUTE: duration.default(7 * DAYS),
  SESSION_REMEMBERED_IDLE: duration.default(14 * DAYS),
  SESSION_REMEMBERED_ABSOLUTE: duration.default(30 * DAYS),
  SESSION_STAFF_IDLE: duration.default(30 * MINUTES),
  SESSION_STAFF_ABSOLUTE: duration.default(8 * HOURS),
  SIGNUP: z.enum(['open', 'invited', 'closed'], { error: 'must be open, invited or closed' }).default('open'),
  EMAIL_VERIFICATION: z.enum(['optional', 'required'], { error: 'must be optional or required' }).default('optional'),
  PASSWORD_MIN_LENGTH: integer(8, 64).default(15),
  BREACHED_PASSWORDS: setting(readRangeService).default(null),
  LOGIN_ALERTS: flag.default(true),
  AUDIT_RETENTION: duration.default(90 * DAYS),
  ENCRYPTION_KEYS: setting(readEncryptionKeys).optional(),
  REQUIRE_SECOND_FACTOR: z.enum(['none', 'staff'], { error: 'must be none or staff' }).default('none'),
  WEBAUTHN_RP_ID: setting(readRelyingParty).optional(),
  LIMIT_LOGIN: userLimit.default({ points: 5, durationMs: 15 * MINUTES }),
  LIMIT_LOGIN_ADDRESS: addressLimit.default({ points: 10, durationMs: 10 * MINUTES }),
  LIMIT_MAIL: userLimit.default({ points: 3, durationMs: 1 * HOURS }),
  LIMIT_MAIL_ADDRESS: addressLimit.default({ points: 10, durationMs: 1 * HOURS }),
  LIMIT_SIGNUP_ADDRESS: addressLimit.default({ points: 5, durationMs: 1 * HOURS }),
  LIMIT_TOKEN_ADDRESS: addressLimit.default({ points: 60, durationMs: 10 * MINUTES }),
  LIMIT_CHALLENGE_ADDRESS: addressLimit.default({ points: 60, durationMs: 10 * MINUTES }),
  SMTP_URL: smtpUrl.optional(),
  MAIL_FROM: setting(readMailFrom).optional(),
  SERVICE_NAME: setting(readServiceName).default('Gatehouse'),
  ACCENT_COLOR: setting(readColor).default('#0f766e'),
  CONSOLE: flag.default(true),
  GRAPHIQL: flag.optional(),
  INTROSPECTION: flag.optional(),
  TRUSTED_DOCUMENTS: z.string().optional(),
  TRUSTED_DOCUMENTS_EXCEPT_STAFF: flag.default(false),
  METRICS: setting(readListenAddress).optional(),
  LOG_LEVEL: z.enum(levels, { error: `must be one of ${levels.join(', ')}` }).default('info'),
  UV_THREADPOOL_SIZE: integer(1, 1024).default(4),
}

export type Settings = { [Name in keyof typeof SETTINGS]?: z.output<(typeof SETTINGS)[Name]> }

const SECRETS = new Set(['SESSION_SECRET', 'ENCRYPTION_KEYS'])

/** Gets a variable; an empty one counts as unset, but an empty secret is a mistake. */
export function getVariable(env: Environment, name: string): string | undefined {
  return env[name] === '' && !SECRETS.has(name) ? undefined : env[name]
}

/** Parses each setting; invalid ones are left out. */
export function parseSettings(env: Environment): { settings: Settings; faults: string[] } {
  const settings: Record<string, unknown> = {}
  const faults: string[] = []
  for (const [name, schema] of Object.entries(SETTINGS)) {
    const result = schema.safeParse(getVariable(env, name))
    if (result.success) settings[name] = result.data
    else faults.push(...result.error.issues.map((issue) => `${name} ${issue.message}`))
  }
  return { settings, faults }
}
