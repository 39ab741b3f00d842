import { isLocalOrigin } from './origin.ts'
import { type Environment, getVariable, type Settings } from './settings.ts'

const REQUIRED_IN_PRODUCTION = ['MONGODB_URI', 'SESSION_SECRET', 'SMTP_URL', 'MAIL_FROM']

function* findProductionFaults(settings: Settings, env: Environment): Generator<string> {
  for (const name of REQUIRED_IN_PRODUCTION) {
    // Beside SMTP_URL, its absence is reported already.
    if (getVariable(env, name) === undefined && !(name === 'MAIL_FROM' && settings.SMTP_URL))
      yield `${name} must be set in production`
  }
  for (const name of ['PUBLIC_URL', 'APP_URL'] as const) {
    const url = settings[name]
    if (url?.startsWith('http:') && !isLocalOrigin(url)) yield `${name} must be https in production`
  }
}

/** Finds conflicts between settings that are valid by themselves. */
export function* findFaultsBetween(settings: Settings, env: Environment): Generator<string> {
  if (settings.PUBLIC_URL?.startsWith('https:') && getVariable(env, 'TRUST_PROXY') === undefined) {
    yield 'TRUST_PROXY must be set when PUBLIC_URL is https: the service speaks no TLS, so a proxy stands in front'
  }
  for (const kind of ['SESSION', 'SESSION_REMEMBERED', 'SESSION_STAFF'] as const) {
    const [idle, absolute] = [settings[`${kind}_IDLE`], settings[`${kind}_ABSOLUTE`]]
    if (idle && absolute && idle > absolute) yield `${kind}_IDLE must not be longer than ${kind}_ABSOLUTE`
  }
  if (settings.SMTP_URL && getVariable(env, 'MAIL_FROM') === undefined) yield 'MAIL_FROM must be set with SMTP_URL'
  if (settings.NODE_ENV === 'production') yield* findProductionFaults(settings, env)
}
