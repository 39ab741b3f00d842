/**
 * The threat: an option that is ignored, or that keeps the client from being built, looks like a database that never answers.
 * So each option is honoured or refused by its name at start.
 */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createSecureContext } from 'node:tls'
import { DAYS, SECONDS } from '../units.ts'

export type UriOptions = ReadonlyMap<string, { name: string; value: string }>

/** Returns what an option must be, or null if its value is fine. */
type Rule = (value: string, options: UriOptions) => string | null

const DEFAULT_MAX_POOL_SIZE = 50
const MAX_APP_NAME_BYTES = 128

const anything: Rule = () => null
const flag: Rule = (value) => (value === 'true' || value === 'false' ? null : 'must be true or false')
const oneOf =
  (...values: string[]): Rule =>
  (value) =>
    values.includes(value) ? null : `must be ${values.join(' or ')}`
const whole =
  (min: number, max: number): Rule =>
  (value) =>
    /^-?\d{1,9}$/.test(value) && Number(value) >= min && Number(value) <= max
      ? null
      : `must be a whole number from ${min} to ${max}`

const minPoolSize: Rule = (value, options) =>
  whole(0, Number(options.get('maxpoolsize')?.value ?? DEFAULT_MAX_POOL_SIZE))(value, options)

const require = createRequire(import.meta.url)

function canLoad(name: string): boolean {
  try {
    createRequire(require.resolve('mongodb'))(name)
    return true
  } catch {
    return false
  }
}

const needs = (name: string) => (canLoad(name) ? null : `needs the package ${name}, which is not installed`)

const COMPRESSORS: Record<string, () => string | null> = {
  none: () => null,
  zlib: () => null,
  snappy: () => needs('snappy'),
  zstd: () => ('zstdCompress' in require('node:zlib') ? null : needs('@mongodb-js/zstd')),
}

const compressors: Rule = (value) => {
  const faults = value.split(',').map((name) => {
    const compressor = Object.hasOwn(COMPRESSORS, name) ? COMPRESSORS[name] : undefined
    return compressor ? compressor() : `must be of ${Object.keys(COMPRESSORS).join(', ')}, by commas`
  })
  return faults.find((fault) => fault !== null) ?? null
}

const MECHANISMS: Record<string, string | null> = {
  DEFAULT: null,
  'SCRAM-SHA-1': null,
  'SCRAM-SHA-256': null,
  'MONGODB-X509': null,
  PLAIN: null,
  'MONGODB-OIDC': null,
  'MONGODB-AWS': '@aws-sdk/credential-providers',
  GSSAPI: 'kerberos',
}

const authMechanism: Rule = (value, options) => {
  const name = Object.hasOwn(MECHANISMS, value) ? MECHANISMS[value] : undefined
  if (name === undefined) return `must be one of ${Object.keys(MECHANISMS).join(', ')}`
  const isOnGcp = /(^|,)ENVIRONMENT:gcp(,|$)/.test(options.get('authmechanismproperties')?.value ?? '')
  return name === null ? (isOnGcp ? needs('gcp-metadata') : null) : needs(name)
}

const isTls = (options: UriOptions) => (options.get('tls') ?? options.get('ssl'))?.value === 'true'

const tlsFile =
  (tryContent: (content: Buffer, options: UriOptions) => unknown): Rule =>
  (path, options) => {
    if (!isTls(options)) return 'needs tls=true beside it'
    try {
      tryContent(readFileSync(path), options)
      return null
    } catch (error) {
      const { code, syscall } = error as NodeJS.ErrnoException
      return syscall ? `names a file that cannot be read (${code})` : 'names a file that is not what it should hold'
    }
  }

const withPassphrase = (options: UriOptions) => {
  const passphrase = options.get('tlscertificatekeyfilepassword')?.value
  return passphrase === undefined ? {} : { passphrase }
}

/** Options that are honoured. Time limits can only be shortened: an answer comes within 5 s. */
const HONOURED: Record<string, Rule> = {
  maxpoolsize: whole(1, 1000),
  minpoolsize: minPoolSize,
  maxconnecting: whole(1, 100),
  maxidletimems: whole(0, DAYS),
  waitqueuetimeoutms: whole(100, 1 * SECONDS),
  serverselectiontimeoutms: whole(100, 2 * SECONDS),
  connecttimeoutms: whole(100, 2 * SECONDS),
  sockettimeoutms: whole(100, 2 * SECONDS),
  heartbeatfrequencyms: whole(500, 60 * SECONDS),
  localthresholdms: whole(0, 60 * SECONDS),
  servermonitoringmode: oneOf('auto', 'poll', 'stream'),
  appname: (value) =>
    Buffer.byteLength(value) <= MAX_APP_NAME_BYTES ? null : `must have at most ${MAX_APP_NAME_BYTES} bytes`,
  replicaset: anything,
  directconnection: flag,
  loadbalanced: flag,
  srvmaxhosts: whole(0, 1000),
  srvservicename: anything,
  tls: flag,
  ssl: flag,
  tlscafile: tlsFile((ca) => new X509Certificate(ca)),
  tlscertificatekeyfile: tlsFile((pem, options) =>
    createSecureContext({ cert: pem, key: pem, ...withPassphrase(options) }),
  ),
  tlscertificatekeyfilepassword: anything,
  tlscrlfile: tlsFile((crl) => createSecureContext({ crl })),
  proxyhost: () => needs('socks'),
  proxyport: whole(1, 65535),
  proxyusername: anything,
  proxypassword: anything,
  authsource: anything,
  authmechanism: authMechanism,
  authmechanismproperties: anything,
  compressors,
  zlibcompressionlevel: whole(-1, 9),
}

/** Options that the service sets itself: they may be repeated, but not weakened. */
const PROMISED: Record<string, (value: string) => boolean> = {
  w: (value) => value === 'majority',
  journal: (value) => value === 'true',
  j: (value) => value === 'true',
  readpreference: (value) => value === 'primary',
  readconcernlevel: (value) => value !== 'available',
  retrywrites: (value) => value === 'true',
  retryreads: (value) => value === 'true',
  tlsinsecure: (value) => value === 'false',
  tlsallowinvalidcertificates: (value) => value === 'false',
  tlsallowinvalidhostnames: (value) => value === 'false',
}

const ruleFor = (table: Record<string, Rule>, name: string) => (Object.hasOwn(table, name) ? table[name] : undefined)

/** Finds the options that ask for less than the service guarantees. */
export function findWeakOptions(query: URLSearchParams): string[] {
  return [...query]
    .filter(([name, value]) => {
      const key = name.toLowerCase()
      return Object.hasOwn(PROMISED, key) && !PROMISED[key]?.(value)
    })
    .map(([name]) => name)
}

/** Lists the faults of the options by name, never with a value. */
export function findOptionFaults(query: URLSearchParams): string[] {
  const pairs = [...query].map(([name, value]) => [name.toLowerCase(), { name, value }] as const)
  const options: UriOptions = new Map(pairs)
  const twice = pairs.filter(([key], index) => pairs.findIndex(([other]) => other === key) < index)
  const faults = twice.map(([, { name }]) => `sets the option ${printable(name)} twice`)
  for (const [key, { name, value }] of options) {
    const rule = ruleFor(HONOURED, key)
    if (!rule && !Object.hasOwn(PROMISED, key)) faults.push(`has an option that is not supported: ${printable(name)}`)
    const fault = rule?.(value, options)
    if (fault) faults.push(`has an option that cannot be used: ${printable(name)} ${fault}`)
  }
  return faults
}

const printable = (name: string) => (/^\w{1,60}$/.test(name) ? name : 'one whose name is no word')

/** The limits that a URI sets; the driver reads its other options by itself. */
export interface ClientLimits {
  maxPoolSize?: number
  waitQueueTimeoutMS?: number
  serverSelectionTimeoutMS?: number
  connectTimeoutMS?: number
  socketTimeoutMS?: number
}

const LIMITS = [
  ...(['maxPoolSize', 'waitQueueTimeoutMS', 'serverSelectionTimeoutMS'] as const),
  ...(['connectTimeoutMS', 'socketTimeoutMS'] as const),
]

export function pickClientLimits(query: URLSearchParams): ClientLimits {
  const values = new Map([...query].map(([name, value]) => [name.toLowerCase(), Number(value)]))
  return Object.fromEntries(
    LIMITS.flatMap((name) => (values.has(name.toLowerCase()) ? [[name, values.get(name.toLowerCase())]] : [])),
  )
}
