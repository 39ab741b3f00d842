import {
  type ExecutionArgs,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  parse,
  specifiedRules,
  validate,
} from 'graphql'
import { AppError } from '../../errors.ts'
import { assertAffordable, type Limits } from '../limits.ts'

/** What decides whether a subscription may run. */
export interface OperationRules {
  readonly schema: GraphQLSchema
  readonly limits: Limits
  readonly maxErrors: number
  readonly hideSuggestions: boolean
}

/** A request that cannot be streamed, with every reason. */
export class OperationRefused extends Error {
  override name = 'OperationRefused'
  readonly errors: readonly (GraphQLError | AppError)[]

  constructor(errors: readonly (GraphQLError | AppError)[]) {
    super('The operation is refused.')
    this.errors = errors
  }
}

/** Gives errors the code that Apollo Server gives them, by which the answer is chosen. */
function withCode(errors: readonly GraphQLError[], code: string): readonly GraphQLError[] {
  for (const { extensions } of errors) extensions.code = code
  return errors
}

interface StreamRequest {
  readonly query: string
  readonly operationName: string | null
  readonly variables: Readonly<Record<string, unknown>>
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function readRequest(body: unknown): StreamRequest {
  const { query, operationName = null, variables, extensions } = isObject(body) ? body : {}
  const isWellFormed =
    typeof query === 'string' &&
    (operationName === null || typeof operationName === 'string') &&
    [variables, extensions].every((value) => value === undefined || value === null || isObject(value))
  if (!isWellFormed) throw new OperationRefused([new AppError('BAD_REQUEST')])
  return { query, operationName, variables: isObject(variables) ? variables : {} }
}

function parseDocument(query: string, { parseOptions }: Limits) {
  try {
    return parse(query, parseOptions)
  } catch (error) {
    throw error instanceof GraphQLError ? new OperationRefused(withCode([error], 'GRAPHQL_PARSE_FAILED')) : error
  }
}

/**
 * Reads the subscription of a request's body, by the limits and rules of every operation.
 * @throws OperationRefused where it is none, or not one that may run
 */
export function readSubscription(rules: OperationRules, body: unknown): ExecutionArgs & { name: string | null } {
  const { schema, limits, maxErrors, hideSuggestions } = rules
  const { query, operationName, variables } = readRequest(body)
  const document = parseDocument(query, limits)
  const faults = validate(schema, document, [...specifiedRules, limits.rule], { maxErrors, hideSuggestions })
  if (faults.length > 0) throw new OperationRefused(withCode(faults, 'GRAPHQL_VALIDATION_FAILED'))
  const operation = getOperationAST(document, operationName)
  const invalid = (message: string) => new OperationRefused([new AppError('GRAPHQL_VALIDATION_FAILED', { message })])
  if (!operation) throw invalid('The document does not contain exactly the operation to run.')
  if (operation.operation !== 'subscription') throw invalid('Send queries and mutations to /graphql.')
  try {
    assertAffordable({ schema, document, operation, variables })
  } catch (error) {
    throw error instanceof GraphQLError ? new OperationRefused([error]) : error
  }
  const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables, { maxErrors })
  if (errors) throw new OperationRefused(withCode(errors, 'BAD_USER_INPUT'))
  return { schema, document, operationName, variableValues: variables, name: operation.name?.value ?? null }
}
