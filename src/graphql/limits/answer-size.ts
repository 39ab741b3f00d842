/**
 * The threat: an answer of 150 MB to a document of 6 kB. So the bytes are counted as the fields resolve, and once there are
 * too many no further field does: the answer is never put together.
 */
import {
  defaultFieldResolver,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  getNamedType,
  isLeafType,
  isObjectType,
  type ResponsePath,
} from 'graphql'
import { KIB } from '../../units.ts'
import type { Context } from '../context.ts'

export const MAX_ANSWER_BYTES = 2 * KIB * KIB
/** Quotes, colon and comma around a key, or the braces of an object. */
const PUNCTUATION_BYTES = 4
/** What JSON writes with more signs than one. */
const ESCAPED = /["\\\p{Cc}\p{Cs}]/u

type Resolve = GraphQLFieldResolver<unknown, Context>
type Counted = Pick<Context, 'answerBytes'>

/** Tells whether the answer to a request has grown over its limit. */
export const isAnswerTooLarge = ({ answerBytes = 0 }: Counted): boolean => answerBytes > MAX_ANSWER_BYTES

/** Creates the error that takes the place of an answer over its limit. */
export const createAnswerError = (): GraphQLError =>
  new GraphQLError(`The answer is larger than ${MAX_ANSWER_BYTES / KIB / KIB} MB.`, {
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
  })

function count(context: Counted, bytes: number): void {
  context.answerBytes = (context.answerBytes ?? 0) + bytes
  if (isAnswerTooLarge(context)) throw createAnswerError()
}

function measureValue(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(ESCAPED.test(value) ? JSON.stringify(value) : value) + 2
  if (Array.isArray(value)) return value.reduce((sum: number, entry) => sum + measureValue(entry) + 1, 2)
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    return Buffer.byteLength(JSON.stringify(value) ?? '')
  }
  return String(value).length
}

/** An error repeats the whole path to its field. */
function measurePath(path: ResponsePath | undefined): number {
  let bytes = 0
  for (let part = path; part; part = part.prev) bytes += String(part.key).length + PUNCTUATION_BYTES
  return bytes
}

function countLeaf(resolve: Resolve): Resolve {
  return (parent, args, context, info) => {
    const measure = (value: unknown) => {
      count(context, String(info.path.key).length + PUNCTUATION_BYTES + measureValue(value))
      return value
    }
    if (isAnswerTooLarge(context)) throw createAnswerError()
    const value = resolve(parent, args, context, info)
    return value instanceof Promise ? value.then(measure) : measure(value)
  }
}

function countObject(resolve: Resolve): Resolve {
  return (parent, args, context, info) => {
    count(context, String(info.path.key).length + 2 * PUNCTUATION_BYTES)
    return resolve(parent, args, context, info)
  }
}

function countErrors(resolve: Resolve): Resolve {
  return (parent, args, context, info) => {
    const fail = (error: unknown): never => {
      if (!isAnswerTooLarge(context)) count(context, measurePath(info.path))
      throw error
    }
    try {
      const value = resolve(parent, args, context, info)
      return value instanceof Promise ? value.catch(fail) : value
    } catch (error) {
      return fail(error)
    }
  }
}

/** Makes every field of the schema count what it adds to the answer, as Apollo Server's own hooks do: in place. */
export function countAnswers(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields())) {
      const resolve: Resolve = field.resolve ?? defaultFieldResolver
      field.resolve = countErrors(isLeafType(getNamedType(field.type)) ? countLeaf(resolve) : countObject(resolve))
    }
  }
}
