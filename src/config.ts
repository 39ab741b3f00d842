import { isIP } from 'node:net'
import { MongoClient } from 'mongodb'
import { z } from 'zod'
import { DAYS, HOURS, MINUTES, SECONDS } from './units.ts'

/** How long a session lives, in milliseconds: without a request, and in all. */
export interface Lifetime {
  idle: number
  absolute: number
}

/** The settings, checked and complete. Durations are milliseconds. */
export interface Config {
  production: boolean
  host: string
  port: number
  /** The origin in the browser's address bar; null stands for http://localhost and the port taken. */
  publicUrl: string | null
  /** The origin of the front end; null stands for the public one. */
  appUrl: string | null
  allowedOrigins: string[]
  /** How many proxies stand in front, or their addresses. */
  trustProxy: number | string[] | null
  database: { kind: 'mongodb'; uri: string; name: string } | { kind: 'embedded'; directory: string; name: string }
  dataDir: string
  /** The first signs, all verify; null: one is made and kept in `dataDir`. */
  sessionSecrets: string[] | null
  lifetimes: { ordinary: Lifetime; remembered: Lifetime; staff: Lifetime }
  emailVerification: 'optional' | 'required'
  passwordMinLength: number
  smtp: { url: string; from: string } | null
  graphiql: boolean
  introspection: boolean
  console: { pages: boolean; serviceName: string; accentColor: string }
  logLevel: string
  /** The threads of libuv's pool, as Node reads it. */
  threads: number
}

/** The settings are wrong. The message lists every fault, a line each, and no secret. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  constructor(faults: string[]) {
    super(`These settings are wrong:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`)
  }
}

const DEFAULT_DATABASE = 'gatehouse'
const UNITS: Record<string, number> = { s: SECONDS, m: MINUTES, h: HOURS, d: DAYS }
const LONGEST_DURATION = 3650 * DAYS

const duration = z.string().transform((text, context) => {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(s|m|h|d)$/.exec(text) ?? []
  const ms = Math.round(Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN))
  if (ms >= 2 * SECONDS && ms <= LONGEST_DURATION) return ms
  context.addIssue({ code: 'custom', message: 'must be a duration such as 90s, 10m, 24h or 30d, at least 2s' })
  return z.NEVER
})

function integer(from: number, to: number) {
  const message = `must be a whole number from ${from} to ${to}`
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .refine((value) => value >= from && value <= to, message)
}

/** The text as an origin, or null where it is more or less than scheme, host and port. */
function asOrigin(text: string): string | null {
  if (/[*\s\\]/.test(text) || !URL.canParse(text)) return null
  const { origin, protocol } = new URL(text)
  const whole = text === origin || text === `${origin}/` || text.toLowerCase() === origin
  return whole && /^https?:$/.test(protocol) ? origin : null
}

const origin = z.string().transform((text, context) => {
  const value = asOrigin(text)
  if (value) return value
  context.addIssue({ code: 'custom', message: 'must be an origin such as https://app.example.com, without a path' })
  return z.NEVER
})

const listOf = (text: string) => text.split(',').map((part) => part.trim())

const origins = z.string().transform((text, context) =>
  listOf(text).map((item) => {
    const value = asOrigin(item)
    if (value) return value
    const message =
      'takes exact origins such as https://app.example.com, by commas; *, null, paths and patterns are refused'
    context.addIssue({ code: 'custom', message: `${message} (here: ${JSON.stringify(item.slice(0, 100))})` })
    return z.NEVER
  }),
)

const isNetwork = (item: string) => {
  const [address = '', bits, ...rest] = item.split('/')
  const family = isIP(address)
  const prefix = bits === undefined ? true : /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)
  return (family > 0 && prefix && rest.length === 0) || /^(loopback|linklocal|uniquelocal)$/.test(item)
}

const trustProxy = z.string().transform((text, context) => {
  if (/^[1-9]\d?$/.test(text)) return Number(text)
  const addresses = listOf(text)
  if (addresses.every(isNetwork)) return addresses
  context.addIssue({ code: 'custom', message: 'must be the number of proxies in front, or their addresses by commas' })
  return z.NEVER
})

const secrets = z.string().transform((text, context) => {
  const values = listOf(text)
  if (values.every((value) => Buffer.byteLength(value) >= 32)) return values
  context.addIssue({ code: 'custom', message: 'must hold secrets of at least 32 bytes each, by commas' })
  return z.NEVER
})

/** What a MongoDB URI may not ask for, by the name of its option. */
const WEAKER: Record<string, (value: string) => boolean> = {
  w: (value) => value !== 'majority',
  journal: (value) => value !== 'true',
  j: (value) => value !== 'true',
  readpreference: (value) => value !== 'primary',
  readconcernlevel: (value) => value === 'available',
  tlsinsecure: (value) => value !== 'false',
  tlsallowinvalidcertificates: (value) => value !== 'false',
  tlsallowinvalidhostnames: (value) => value !== 'false',
}

function weakOptions(query: string): string[] {
  return [...new URLSearchParams(query)]
    .filter(([name, value]) => WEAKER[name.toLowerCase()]?.(value))
    .map(([name]) => name)
}

/** The driver's own errors repeat the address, password and all, so only the fact is told. */
function isUnderstood(uri: string): boolean {
  try {
    return new MongoClient(uri) !== null
  } catch {
    return false
  }
}

const mongodbUri = z.string().transform((text, context) => {
  const fault = (message: string) => {
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
  if (text.startsWith('embedded:')) {
    const directory = text.slice('embedded:'.length)
    if (!directory) return fault('embedded: needs a directory, such as embedded:/var/lib/gatehouse')
    return { kind: 'embedded' as const, directory, name: DEFAULT_DATABASE }
  }
  const [, path = '', query = ''] = /^mongodb(?:\+srv)?:\/\/[^/?]+(?:\/([^?]*))?(?:\?(.*))?$/s.exec(text) ?? []
  if (!/^mongodb(\+srv)?:\/\/[^/?]+/.test(text))
    return fault('must be a mongodb:// or mongodb+srv:// address, or embedded:DIR')
  const weak = weakOptions(query)
  if (weak.length > 0) {
    const names = weak.join(', ')
    return fault(
      `must not weaken what is promised (${names}): writes go to the majority, reads to the primary, over checked TLS`,
    )
  }
  if (!/^[^/\\. "$*<>:|?]{0,63}$/.test(path)) return fault('must name a database after the /, or none')
  if (!isUnderstood(text))
    return fault('is no address that the driver understands: is a sign in the password not percent-encoded (@ is %40)?')
  return { kind: 'mongodb' as const, uri: text, name: path || DEFAULT_DATABASE }
})

const smtpUrl = z.string().transform((text, context) => {
  if (/^smtps?:\/\/./.test(text) && URL.canParse(text) && new URL(text).hostname) return text
  context.addIssue({ code: 'custom', message: 'must be an smtp:// or smtps:// address' })
  return z.NEVER
})

const mailFrom = z.string().regex(/^[^\r\n]*[^\s<>@]+@[^\s<>@]+>?$/, 'must be an email address, or Name <address>')
const flag = z.enum(['true', 'false'], { error: 'must be true or false' }).transform((value) => value === 'true')
const host = z.string().regex(/^[\w.:-]+$/, 'must be a host name or an address')
const serviceName = z.string().regex(/^[^\p{C}]{1,60}$/u, 'must be a name of at most 60 characters')
const color = z.string().regex(/^#[0-9a-f]{6}$/i, 'must be a color such as #0f766e')
const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

/** Every setting, its form, and where it has one its default. */
const SETTINGS = {
  NODE_ENV: z
    .enum(['development', 'test', 'production'], { error: 'must be development, test or production' })
    .default('development'),
  HOST: host.default('127.0.0.1'),
  PORT: integer(0, 65535).default(4000),
  PUBLIC_URL: origin.optional(),
  APP_URL: origin.optional(),
  ALLOWED_ORIGINS: origins.default([]),
  TRUST_PROXY: trustProxy.optional(),
  MONGODB_URI: mongodbUri.optional(),
  DATA_DIR: z.string().default('.data'),
  SESSION_SECRET: secrets.optional(),
  SESSION_IDLE: duration.default(24 * HOURS),
  SESSION_ABSOLUTE: duration.default(7 * DAYS),
  SESSION_REMEMBERED_IDLE: duration.default(14 * DAYS),
  SESSION_REMEMBERED_ABSOLUTE: duration.default(30 * DAYS),
  SESSION_STAFF_IDLE: duration.default(30 * MINUTES),
  SESSION_STAFF_ABSOLUTE: duration.default(8 * HOURS),
  EMAIL_VERIFICATION: z.enum(['optional', 'required'], { error: 'must be optional or required' }).default('optional'),
  PASSWORD_MIN_LENGTH: integer(8, 64).default(15),
  SMTP_URL: smtpUrl.optional(),
  MAIL_FROM: mailFrom.optional(),
  GRAPHIQL: flag.optional(),
  INTROSPECTION: flag.optional(),
  CONSOLE: flag.default(true),
  SERVICE_NAME: serviceName.default('Gatehouse'),
  ACCENT_COLOR: color.default('#0f766e'),
  LOG_LEVEL: z.enum(levels, { error: `must be one of ${levels.join(', ')}` }).default('info'),
  UV_THREADPOOL_SIZE: integer(1, 1024).default(4),
}

type Settings = { [Name in keyof typeof SETTINGS]?: z.output<(typeof SETTINGS)[Name]> }
type Environment = Record<string, string | undefined>

/** An empty value counts as none, but for the secret: an empty secret is a mistake, not a wish for a made one. */
function given(env: Environment, name: string): string | undefined {
  return env[name] === '' && name !== 'SESSION_SECRET' ? undefined : env[name]
}

function parse(env: Environment): { settings: Settings; faults: string[] } {
  const settings: Record<string, unknown> = {}
  const faults: string[] = []
  for (const [name, schema] of Object.entries(SETTINGS)) {
    const result = schema.safeParse(given(env, name))
    if (result.success) settings[name] = result.data
    else faults.push(...result.error.issues.map((issue) => `${name} ${issue.message}`))
  }
  return { settings, faults }
}

const isLocal = (url: string) => /^(localhost|.+\.localhost|127\.0\.0\.1|\[::1\])$/.test(new URL(url).hostname)

/** The rules that bind several settings, each with the text of its fault; a setting at fault by itself is passed over. */
function* crossFaults(settings: Settings, env: Environment): Generator<string> {
  const { PUBLIC_URL: publicUrl } = settings
  if (publicUrl?.startsWith('https:') && !given(env, 'TRUST_PROXY')) {
    yield 'TRUST_PROXY must be set when PUBLIC_URL is https: the service speaks no TLS, so a proxy stands in front'
  }
  for (const kind of ['SESSION', 'SESSION_REMEMBERED', 'SESSION_STAFF'] as const) {
    const [idle, absolute] = [settings[`${kind}_IDLE`], settings[`${kind}_ABSOLUTE`]]
    if (idle && absolute && idle > absolute) yield `${kind}_IDLE must not be longer than ${kind}_ABSOLUTE`
  }
  if (settings.SMTP_URL && !given(env, 'MAIL_FROM')) yield 'MAIL_FROM must be set with SMTP_URL'
  if (settings.NODE_ENV !== 'production') return
  for (const name of ['MONGODB_URI', 'SESSION_SECRET', 'SMTP_URL', 'MAIL_FROM']) {
    if (given(env, name) === undefined && !(name === 'MAIL_FROM' && settings.SMTP_URL))
      yield `${name} must be set in production`
  }
  for (const name of ['PUBLIC_URL', 'APP_URL'] as const) {
    const url = settings[name]
    if (url?.startsWith('http:') && !isLocal(url)) yield `${name} must be https in production`
  }
}

/**
 * Reads the settings from an environment (contract: the README's table).
 * @throws ConfigError which lists all faults at once
 */
export function readConfig(env: Environment): Config {
  const { settings, faults } = parse(env)
  faults.push(...crossFaults(settings, env))
  if (faults.length > 0) throw new ConfigError(faults)
  return assemble(settings as Required<Settings>)
}

function assemble(settings: Required<Settings>): Config {
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
    database: settings.MONGODB_URI ?? { kind: 'embedded', directory: dataDir, name: DEFAULT_DATABASE },
    dataDir,
    sessionSecrets: settings.SESSION_SECRET ?? null,
    lifetimes: {
      ordinary: { idle: settings.SESSION_IDLE, absolute: settings.SESSION_ABSOLUTE },
      remembered: { idle: settings.SESSION_REMEMBERED_IDLE, absolute: settings.SESSION_REMEMBERED_ABSOLUTE },
      staff: { idle: settings.SESSION_STAFF_IDLE, absolute: settings.SESSION_STAFF_ABSOLUTE },
    },
    emailVerification: settings.EMAIL_VERIFICATION,
    passwordMinLength: settings.PASSWORD_MIN_LENGTH,
    smtp: settings.SMTP_URL ? { url: settings.SMTP_URL, from: settings.MAIL_FROM ?? '' } : null,
    graphiql: settings.GRAPHIQL ?? !production,
    introspection: settings.INTROSPECTION ?? !production,
    console: { pages: settings.CONSOLE, serviceName: settings.SERVICE_NAME, accentColor: settings.ACCENT_COLOR },
    logLevel: settings.LOG_LEVEL,
    threads: settings.UV_THREADPOOL_SIZE,
  }
}
