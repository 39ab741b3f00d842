// The threat: name and colour go into pages, mail headers and authenticator apps, where markup and line breaks have a meaning.
import { SettingFault } from './fault.ts'

const MAX_NAME_LENGTH = 60

/** Control, private and unassigned characters, line separators, and invisible characters but those that join letters or emoji. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?!\u200c|\u200d|\ufe0f)[\p{Cf}\p{DI}]/u
const VISIBLE = /(?!\p{DI})[\p{L}\p{N}]/u
/** Markup, header syntax, and the separator in an authenticator app's label. */
const SYNTAX = /[<>"`\\:;@]|=\?/

/** @throws SettingFault for a name that is too long, invisible, or holds markup or control characters */
export function readServiceName(text: string): string {
  const name = text.trim()
  if ([...name].length <= MAX_NAME_LENGTH && VISIBLE.test(name) && !UNPRINTABLE.test(name) && !SYNTAX.test(name))
    return name
  throw new SettingFault(
    `must be a name of at most ${MAX_NAME_LENGTH} printable characters, with a letter or digit, without any of < > " \` \\ : ; @`,
  )
}

/** Parses a CSS hex colour, `#rgb` or `#rrggbb`, to six lower-case digits. @throws SettingFault for anything else */
export function readColor(text: string): string {
  if (/^#[\da-f]{6}$/i.test(text)) return text.toLowerCase()
  if (/^#[\da-f]{3}$/i.test(text)) return text.toLowerCase().replace(/[\da-f]/g, '$&$&')
  throw new SettingFault('must be a CSS colour such as #0f766e or #076')
}
