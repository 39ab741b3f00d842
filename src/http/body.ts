/**
 * The threat: a body that is read in more than one way. A cross-site form needs no preflight for any type but JSON; UTF-16
 * hides from filters; bytes that are no UTF-8 become one and the same sign, in passwords too.
 */
import { isUtf8 } from 'node:buffer'
import express, { type RequestHandler } from 'express'
import { KIB } from '../units.ts'
import { sendError } from './send-error.ts'

const TYPE = /^application\/json(?:[ \t]*;[ \t]*charset[ \t]*=[ \t]*"?utf-8"?)?[ \t]*;?[ \t]*$/i

const requireType: RequestHandler = (request, response, next) => {
  const encoding = request.headers['content-encoding']
  const plain = encoding === undefined || encoding.toLowerCase() === 'identity'
  // Of two headers Node shows the first; a proxy in front may have gone by the other.
  const [type = '', ...more] = request.headersDistinct['content-type'] ?? []
  if (plain && more.length === 0 && TYPE.test(type)) return next()
  sendError(response, 'UNSUPPORTED_MEDIA_TYPE')
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
