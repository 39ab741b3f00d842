// MongoDB's patterns are PCRE, JavaScript's are not. What both write alike is taken, with `$`, `.` and `\s` given PCRE's meaning; what
// JavaScript would read as something else is refuse, not answered nearly.

import { CODES, CommandError, refuse } from '../errors.ts'
import { TYPE, type Value } from '../values/value.ts'

export interface Pattern {
  readonly source: string
  readonly options: string
  readonly test: (text: string) => boolean
  /** What every match starts with, if the pattern says so. */
  readonly prefix: string
}

/** Parses the pattern of a regex value, or of a text with options. */
export function parsePattern(value: Value, options?: string): Pattern {
  const [source, own = ''] =
    value.type === TYPE.regex ? (value.bytes.toString('utf8').split('\0') as [string, string]) : [value.text]
  return compile(source, options ?? own)
}

function compile(source: string, options: string): Pattern {
  for (const option of options) {
    if (!'imsxu'.includes(option)) throw new CommandError(51108, `invalid flag in regex options: ${option}`)
    if (!'ims'.includes(option)) throw refuse(CODES.BadValue, `regex option '${option}' is not supported`)
  }
  if (source.includes('\0'))
    throw new CommandError(CODES.BadValue, 'Regular expression cannot contain an embedded null byte')
  const translated = translate(source, options.includes('m'))
  try {
    const regex = new RegExp(translated, `u${options}`)
    return { source, options, test: (text) => regex.test(text), prefix: options === '' ? findPrefix(source) : '' }
  } catch {
    throw new CommandError(51091, `Regular expression is invalid or not supported: ${source}`)
  }
}

function translate(source: string, multiline: boolean): string {
  let result = ''
  let inClass = false
  for (let at = 0; at < source.length; at++) {
    const char = source[at] as string
    if (char === '\\') {
      result += translateEscape(source[++at] ?? '', inClass)
      continue
    }
    if (char === '[' && !inClass) {
      inClass = true
      const negated = source[at + 1] === '^'
      const literal = source[at + (negated ? 2 : 1)] === ']'
      result += `[${negated ? '^' : ''}${literal ? '\\]' : ''}`
      at += (negated ? 1 : 0) + (literal ? 1 : 0)
      continue
    }
    if (char === '[' && source[at + 1] === ':')
      throw refuse(CODES.BadValue, 'POSIX classes in a regex are not supported')
    if (char === '(' && source[at + 1] === '?' && !/^\(\?(?:[:=!]|<[=!])/.test(source.slice(at, at + 4)))
      throw refuse(CODES.BadValue, `group '${source.slice(at, at + 3)}' in a regex is not supported`)
    if (char === ']' && inClass) inClass = false
    else if (char === ']') {
      result += '\\]'
      continue
    } else if (char === '[' && inClass) {
      result += '\\['
      continue
    }
    if (!inClass && char === '$') result += multiline ? '$' : '(?=\\n?(?![\\s\\S]))'
    else if (!inClass && char === '.') result += '.'
    else if (!inClass && (char === '}' || (char === '{' && !/^\{\d+(?:,\d*)?\}/.test(source.slice(at))))) {
      const quantifier = char === '}' && /\{\d+(?:,\d*)?$/.test(source.slice(0, at))
      result += quantifier ? '}' : `\\${char}`
    } else result += char
  }
  return result
}

function translateEscape(char: string, inClass: boolean): string {
  if (char === 's') return inClass ? ' \\t\\n\\v\\f\\r' : '[ \\t\\n\\v\\f\\r]'
  if (char === 'S' && !inClass) return '[^ \\t\\n\\v\\f\\r]'
  if (/[dDwWnrtf]/.test(char) || (/[bB]/.test(char) && !inClass)) return `\\${char}`
  if (/[\^$\\.*+?()[\]{}|/]/.test(char) || (inClass && char === '-')) return `\\${char}`
  if (/[1-9]/.test(char) && !inClass) return `\\${char}`
  if (/[A-Za-z0-9]/.test(char) || char === '') throw refuse(CODES.BadValue, `'\\${char}' in a regex is not supported`)
  return char
}

function findPrefix(source: string): string {
  const match = /^\^((?:[A-Za-z0-9 @_/:,;=-]|\\[.@+/-])*)([*?{|]?)/.exec(source)
  if (match === null || source.includes('|')) return ''
  const text = (match[1] as string).replace(/\\/g, '')
  return match[2] === '' ? text : text.slice(0, -1)
}
