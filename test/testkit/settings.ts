import { ConfigError, readConfig } from '../../src/config.ts'

export type Environment = Record<string, string>

/** Enough for a start in production. */
export const PRODUCTION = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://example.com',
  TRUST_PROXY: '1',
  MONGODB_URI: 'mongodb://db/shop',
  SESSION_SECRET: 'a secret of thirty-two bytes or more',
  SMTP_URL: 'smtp://mail.example.com',
  MAIL_FROM: 'no-reply@example.com',
} as const satisfies Environment

/** Lists the faults that the service would name at its start with these settings. */
export function listFaults(env: Environment): string[] {
  try {
    readConfig(env)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const [, ...lines] = error.message.split('\n')
    return lines.map((line) => line.replace(/^ {2}- /, ''))
  }
}
