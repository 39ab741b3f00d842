/**
 * The threat: whoever can send any operation looks for the one that costs the most or shows too much. A front end sends the same few,
 * so an operator may let only those run.
 */
import type { Request, RequestHandler } from 'express'
import { type DocumentNode, type GraphQLSchema, Kind, parse, print, validate, visit } from 'graphql'
import { AppError } from '../errors.ts'

/** TRUSTED_DOCUMENTS cannot be used. The message says why. */
export class TrustedDocumentsError extends Error {
  constructor(reason: string) {
    super(`TRUSTED_DOCUMENTS cannot be used: ${reason}.`)
  }
}

/** The operations that may run. */
export interface TrustedDocuments {
  /** Returns the text of an operation by its id, or null. */
  find(id: string): string | null
  /** Tells whether an operation is one of them, however it is laid out, and with any `__typename` that a client has added. */
  has(text: string): boolean
}

/** Lists the documents that a generated module exports. */
export const listDocuments = (module: object): DocumentNode[] =>
  Object.values(module).filter((value) => value?.kind === Kind.DOCUMENT)

/** Takes out what clients add by themselves. */
const withoutTypenames = (document: DocumentNode): DocumentNode =>
  visit(document, {
    SelectionSet(node) {
      const kept = node.selections.filter(
        (selection) => selection.kind !== Kind.FIELD || selection.name.value !== '__typename' || selection.alias,
      )
      return kept.length === 0 ? node : { ...node, selections: kept }
    },
  })

const normalize = (document: DocumentNode): string => print(withoutTypenames(document))

function parseText(text: string): DocumentNode | null {
  try {
    return parse(text, { noLocation: true, maxTokens: 10_000 })
  } catch {
    return null
  }
}

/** Lists the operations of a manifest by their ids: an object of texts, or Apollo's format. */
function listEntries(text: string): [id: string, text: string][] {
  let manifest: unknown
  try {
    manifest = JSON.parse(text)
  } catch {
    throw new TrustedDocumentsError('the file is no JSON')
  }
  const { operations } = (manifest ?? {}) as { operations?: unknown }
  const entries: unknown[][] = Array.isArray(operations)
    ? operations.map((operation) => [operation?.id, operation?.body])
    : Object.entries(manifest ?? {})
  if (entries.length === 0 || !entries.flat().every((part) => typeof part === 'string')) {
    throw new TrustedDocumentsError('the file is no manifest of operations by their ids')
  }
  return entries as [string, string][]
}

function assertValid(schema: GraphQLSchema, id: string, text: string): DocumentNode {
  const document = parseText(text)
  if (!document) throw new TrustedDocumentsError(`the operation with the id ${id} is no GraphQL`)
  const operation = document.definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION)
  const [fault] = validate(schema, document)
  if (fault) {
    const name = operation?.name?.value ?? `with the id ${id}`
    throw new TrustedDocumentsError(`the operation ${name} does not fit the schema: ${fault.message}`)
  }
  return document
}

/**
 * Reads a manifest. `own` are the operations of the service's own pages and of the kit.
 * @throws TrustedDocumentsError if it is none, or if an operation does not fit the schema
 */
export function readTrustedDocuments(
  manifest: string,
  schema: GraphQLSchema,
  own: readonly DocumentNode[],
): TrustedDocuments {
  const byId = new Map(listEntries(manifest))
  const trusted = new Set(own.map(normalize))
  for (const [id, text] of byId) trusted.add(normalize(assertValid(schema, id, text)))
  return {
    find: (id) => byId.get(id) ?? byId.get(id.replace(/^sha256:/, '')) ?? null,
    has(text) {
      const document = parseText(text)
      return document !== null && trusted.has(normalize(document))
    },
  }
}

/** Lets only trusted documents pass, by id or by text, unless `isExcepted`. */
export function requireTrusted(
  documents: TrustedDocuments,
  isExcepted: (request: Request) => Promise<boolean>,
): RequestHandler {
  return async (request, _response, next) => {
    const { documentId, extensions, ...body } = request.body ?? {}
    const { persistedQuery, ...otherExtensions } = extensions ?? {}
    const id: unknown = documentId ?? persistedQuery?.sha256Hash
    const query: unknown = body.query ?? (typeof id === 'string' ? documents.find(id) : null)
    request.body = { ...body, query, ...(extensions ? { extensions: otherExtensions } : {}) }
    if (typeof query === 'string' && (documents.has(query) || (await isExcepted(request)))) return next()
    request.logFields.outcome = 'GRAPHQL_VALIDATION_FAILED'
    next(new AppError('GRAPHQL_VALIDATION_FAILED', { message: 'This operation is not one of the trusted documents.' }))
  }
}
