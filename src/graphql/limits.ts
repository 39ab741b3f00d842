/**
 * The threat: a request that is cheap to send and dear to answer. What a document may hold is judged before the costly part
 * of validation, what it may cost before anything runs, and what its answer may weigh while it is put together.
 */
import type { ApolloServerPlugin } from '@apollo/server'
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type ValidationRule,
} from 'graphql'
import type { Context } from './context.ts'
import { countAnswers, createAnswerError, isAnswerTooLarge } from './limits/answer-size.ts'
import { computeCost, MAX_COST } from './limits/cost.ts'
import { createDocumentRule, MAX_TOKENS } from './limits/document-rule.ts'

const TOO_MANY_TOKENS = `The document has more than ${MAX_TOKENS} tokens.`

/** Returns a sentence for a document that graphql's own parser gave up for its length; null for any other syntax error. */
export const describeTokenLimit = ({ message }: GraphQLError): string | null =>
  /^Syntax Error: Document contains more \w+ \d+ tokens/.test(message) ? TOO_MANY_TOKENS : null

/**
 * Assures that an operation is within the limit of cost.
 * @throws GraphQLError where it is over it
 */
export function assertAffordable({
  schema,
  document,
  operation,
  variables,
}: {
  schema: GraphQLSchema
  document: DocumentNode
  operation: OperationDefinitionNode
  variables: Readonly<Record<string, unknown>>
}): void {
  const definitions = document.definitions.filter(
    (node): node is FragmentDefinitionNode => node.kind === Kind.FRAGMENT_DEFINITION,
  )
  const fragments = new Map(definitions.map((node) => [node.name.value, node]))
  if (computeCost({ schema, operation, fragments, variables }) <= MAX_COST) return
  throw new GraphQLError(`The operation costs more than ${MAX_COST}: ask for fewer or shorter lists.`, {
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
  })
}

/** Refuses an operation over the limit of cost, and takes back an answer over the limit of size. */
const limitsPlugin: ApolloServerPlugin<Context> = {
  async requestDidStart({ contextValue }) {
    return {
      async didResolveOperation({ schema, document, operation, request }) {
        if (operation) assertAffordable({ schema, document, operation, variables: request.variables ?? {} })
      },
      async willSendResponse({ response }) {
        if (response.body.kind !== 'single' || !isAnswerTooLarge(contextValue)) return
        const { message, extensions } = createAnswerError()
        response.body.singleResult = { errors: [{ message, extensions }] }
      },
    }
  },
}

/** What Apollo Server is given for the limits to hold. */
export interface Limits {
  readonly parseOptions: { readonly maxTokens: number }
  readonly rule: ValidationRule
  /** Goes before every plugin that reads the answer. */
  readonly plugin: ApolloServerPlugin<Context>
}

/** Creates the limits of a schema, and makes its fields count what they answer. */
export function createLimits(schema: GraphQLSchema): Limits {
  countAnswers(schema)
  return { parseOptions: { maxTokens: MAX_TOKENS }, rule: createDocumentRule(schema), plugin: limitsPlugin }
}
