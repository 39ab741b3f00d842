import { findOriginsOutside, RelyingPartyError } from './config/relying-party.ts'
import type { Config } from './config.ts'
import { findOtherSiteOrigins } from './http/origin.ts'

/** What works, and should be looked at before people rely on it. */
export interface StartWarning {
  readonly message: string
  readonly origin?: string
}

/** @throws RelyingPartyError if the pages that sign people in could not use their passkeys */
function findRelyingPartyWarnings({ rpId, console }: Config, appUrl: string, publicUrl: string): StartWarning[] {
  const pages = [...new Set(console ? [appUrl, publicUrl] : [appUrl])]
  const { outside, parent } = findOriginsOutside(rpId ?? new URL(appUrl).hostname, pages)
  if (outside.length === 0) return []
  const way = parent
    ? `set WEBAUTHN_RP_ID=${parent}`
    : 'they have no common parent: turn the pages off with CONSOLE=false'
  const message = `Passkeys do not work on ${outside.join(' and ')}: ${way}`
  if (rpId) throw new RelyingPartyError(message)
  return [{ message }]
}

/**
 * Finds settings that do not fit each other or a service that people rely on.
 * @throws RelyingPartyError if an explicit WEBAUTHN_RP_ID does not fit the pages
 */
export function findStartWarnings(config: Config, publicUrl: string): StartWarning[] {
  const warnings: StartWarning[] = []
  if (config.production && config.database.kind === 'embedded') {
    warnings.push({ message: 'The embedded database serves one process: do not start a second one' })
  }
  if (config.production && config.publicUrl === null) {
    warnings.push({ message: `PUBLIC_URL is not set: links in mails lead to ${publicUrl}` })
  }
  for (const origin of findOtherSiteOrigins(publicUrl, config.allowedOrigins)) {
    const message = `${origin} is another site than ${publicUrl}: browsers do not send it the session cookie (SameSite=Lax)`
    warnings.push({ message, origin })
  }
  return [...warnings, ...findRelyingPartyWarnings(config, config.appUrl ?? publicUrl, publicUrl)]
}
