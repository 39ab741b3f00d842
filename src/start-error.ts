import { RelyingPartyError } from './config/relying-party.ts'
import type { Config } from './config.ts'
import { UnknownKeyError } from './domain/factors/stored-keys.ts'
import { EmbeddedError } from './embedded/start.ts'
import { FeatureError } from './features/find-features.ts'
import { SchemaError } from './graphql/schema.ts'
import { TrustedDocumentsError } from './graphql/trusted-documents.ts'
import { MetricsError } from './metrics/server.ts'
import { SecretError } from './secret.ts'

/** Errors whose message is written for the operator. */
const EXPLAINED = [
  EmbeddedError,
  FeatureError,
  SchemaError,
  SecretError,
  UnknownKeyError,
  RelyingPartyError,
  MetricsError,
  TrustedDocumentsError,
]

/** Explains a failed start; without a stack if the operator can fix the cause. */
export function explainStartError(error: unknown, { host, port, dataDir }: Config): string {
  const { code, message, syscall } = error as NodeJS.ErrnoException
  if (EXPLAINED.some((type) => error instanceof type)) return message
  if (code === 'EADDRINUSE') return `Port ${port} on ${host} is in use: stop what listens there, or set PORT.`
  if (code === 'EACCES' && syscall === 'listen') return `Port ${port} may not be used: set PORT to one above 1023.`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `${host} is no address of this machine: set HOST.`
  if (code === 'EEXIST' || code === 'ENOTDIR') return `DATA_DIR (${dataDir}) is not a directory.`
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOSPC')
    return `DATA_DIR (${dataDir}) cannot be written: ${code}.`
  return `The service cannot start: ${error instanceof Error ? (error.stack ?? message) : String(error)}`
}
