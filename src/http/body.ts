/**
 * The threat: a body that is read in more than one way. A cross-site form needs no preflight for any type but JSON; UTF-16
 * hides from filters; bytes that are no UTF-8 become one and the same sign, in passwords too.
 */
import { isUtf8 } from 'node:buffer'
import { parse as parseContentType } from 'content-type'
import express, { type RequestHandler } from 'express'
import { KIB } from '../units.ts'
import { sendError } from './send-error.ts'

const JSON_TYPE = 'application/json'
const CHARSETS: readonly string[] = ['utf-8', 'utf8']

/** Drops empty parameters, which RFC 9110 allows and content-type does not. */
const dropEmptyParameters = (header: string): string =>
  header
    .split(';')
    .map((part) => part.trim())
    .filter((part, index) => index === 0 || part !== '')
    .join(';')

function isUtf8Json(header: string): boolean {
  const plain = dropEmptyParameters(header)
  // Of two charsets content-type keeps the last one; a proxy in front may have gone by the first.
  if (plain.split(';').length > 2) return false
  try {
    const { type, parameters } = parseContentType(plain)
    const { charset = 'utf-8', ...others } = parameters
    return type === JSON_TYPE && CHARSETS.includes(charset.toLowerCase()) && Object.keys(others).length === 0
  } catch {
    return false
  }
}

const requireType: RequestHandler = (request, response, next) => {
  const encoding = request.headers['content-encoding']
  const isPlain = encoding === undefined || encoding.toLowerCase() === 'identity'
  // Of two headers Node shows the first; a proxy in front may have gone by the other.
  const [type = '', ...more] = request.headersDistinct['content-type'] ?? []
  if (!isPlain || more.length > 0 || !isUtf8Json(type)) return sendError(response, 'UNSUPPORTED_MEDIA_TYPE')
  // body-parser knows a charset by "utf-8" alone.
  request.headers['content-type'] = JSON_TYPE
  next()
}

const parse = express.json({
  limit: 32 * KIB,
  inflate: false,
  strict: true,
  type: () => true,
  verify(_request, _response, bytes) {
    if (!isUtf8(bytes)) throw Object.assign(new Error('The body is not UTF-8.'), { status: 400 })
  },
})

/** Reads a JSON body of at most 32 KiB in UTF-8. What it holds never reaches an error's text. */
export const readBody: RequestHandler[] = [
  requireType,
  (request, response, next) => {
    parse(request, response, (error?: { status?: number }) => {
      if (!error) return next()
      if (error.status === 413) return sendError(response, 'BODY_TOO_LARGE')
      if (error.status === 415) return sendError(response, 'UNSUPPORTED_MEDIA_TYPE')
      sendError(response, 'MALFORMED_BODY')
    })
  },
]
