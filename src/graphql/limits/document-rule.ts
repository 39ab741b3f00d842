import { getDirective } from '@graphql-tools/utils'
import { type DocumentNode, GraphQLError, type GraphQLSchema, Kind, type ValidationRule, visit } from 'graphql'
import { measureDocument } from './document-size.ts'

export const MAX_TOKENS = 500
const MAX_DEPTH = 8
const MAX_ALIASES = 10
const MAX_ROOT_FIELDS = 5
const MAX_DIRECTIVES = 10
/** Fields and spreads, once for each time that a fragment brings them along. */
const MAX_SELECTIONS = 500
/** Validation compares each of them with each other. */
const MAX_REPETITIONS = 50
const MAX_CREDENTIAL_MUTATIONS = 1
/** An alias stands in the answer once for each entry of a list. */
const MAX_ALIAS_LENGTH = 100

/** The mutations that check a credential, take a token or send a mail. A clone's own join them by `@limited`. */
const CREDENTIAL_MUTATIONS: ReadonlySet<string> = new Set([
  ...['signup', 'login', 'completeLogin', 'loginWithPasskey', 'acceptInvitation'],
  ...['reauthenticate', 'reauthenticateWithPasskey', 'changePassword', 'changeEmail', 'confirmTotp', 'inviteUser'],
  ...['requestEmailVerification', 'verifyEmail', 'requestPasswordReset', 'resetPassword'],
])

/** A limit that hands out challenges only: nothing is guessed there, and nothing mailed. */
const HARMLESS_LIMIT = 'CHALLENGE'

function findCredentialMutations(schema: GraphQLSchema): ReadonlySet<string> {
  const fields = Object.values(schema.getMutationType()?.getFields() ?? {})
  const limited = fields.filter((field) => {
    const limit = getDirective(schema, field, 'limited')?.[0]
    return limit !== undefined && limit.by !== HARMLESS_LIMIT
  })
  return new Set([...CREDENTIAL_MUTATIONS, ...limited.map(({ name }) => name)])
}

function hasLongAlias(document: DocumentNode): boolean {
  let found = false
  visit(document, {
    Field({ alias }) {
      found ||= (alias?.value.length ?? 0) > MAX_ALIAS_LENGTH
    },
  })
  return found
}

/** graphql's own rule of one root field throws where the condition of a directive is no Boolean. */
function hasConditionalSubscription(document: DocumentNode): boolean {
  const isSubscription = document.definitions.some((node) => 'operation' in node && node.operation === 'subscription')
  let found = false
  if (isSubscription) {
    visit(document, {
      Directive({ name }) {
        found ||= name.value === 'skip' || name.value === 'include'
      },
    })
  }
  return found
}

/** Names the limit that a document is over; null for one within all. */
function findExcess(document: DocumentNode, credentialMutations: ReadonlySet<string>): string | null {
  const size = measureDocument(document, (field) => credentialMutations.has(field))
  if (size.depth > MAX_DEPTH) return `The document is deeper than ${MAX_DEPTH} levels.`
  if (size.selections > MAX_SELECTIONS) return `The document selects more than ${MAX_SELECTIONS} fields.`
  if (size.repetitions > MAX_REPETITIONS)
    return `The document asks for one field more than ${MAX_REPETITIONS} times in one place.`
  if (size.aliases > MAX_ALIASES) return `The document has more than ${MAX_ALIASES} aliases.`
  if (size.directives > MAX_DIRECTIVES) return `The document has more than ${MAX_DIRECTIVES} directives.`
  if (size.credentials > MAX_CREDENTIAL_MUTATIONS)
    return 'The operation has more than one mutation that checks a credential, takes a token or sends an email.'
  if (size.rootFields > MAX_ROOT_FIELDS) return `The operation has more than ${MAX_ROOT_FIELDS} root fields.`
  if (hasLongAlias(document)) return `The document has an alias of more than ${MAX_ALIAS_LENGTH} characters.`
  if (hasConditionalSubscription(document)) return 'A document with a subscription may not use @skip or @include.'
  return null
}

/**
 * Creates the rule that refuses a document over its limits. The other rules then get an empty document to visit: graphql
 * goes on with the node that a visitor returns, and those that compare each field with each other begin below it. That holds
 * without Apollo Server's maxRecursiveSelections, which puts rules of one's own behind all of graphql's.
 */
export function createDocumentRule(schema: GraphQLSchema): ValidationRule {
  const credentialMutations = findCredentialMutations(schema)
  return (context) => ({
    Document(document) {
      const excess = findExcess(document, credentialMutations)
      if (excess === null) return undefined
      context.reportError(new GraphQLError(excess))
      return { kind: Kind.DOCUMENT, definitions: [] } satisfies DocumentNode
    },
  })
}
