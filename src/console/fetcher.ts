import type { FetcherParams } from '@graphiql/toolkit'
import { type ExecutionResult, getOperationAST, parse } from 'graphql'

const noIntrospection =
  'Introspection is off in this service, so there are no docs and no completion here. Operations run all the same. ' +
  'The setting INTROSPECTION=true turns it on.'

/** Runs one operation on the page's own origin, with its cookie. */
export async function fetchGraphQL(params: FetcherParams): Promise<ExecutionResult> {
  const response = await fetch('/graphql', {
    method: 'POST',
    credentials: 'same-origin',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json;q=0.9',
    },
    body: JSON.stringify(isNameStale(params) ? { ...params, operationName: undefined } : params),
  })
  const result = await readResult(response)
  if (isIntrospectionRefused(params, result)) throw new Error(noIntrospection)
  return result
}

/** For a moment after a change of tab, GraphiQL still names the operation of the tab before. */
function isNameStale({ query, operationName }: FetcherParams): boolean {
  try {
    return getOperationAST(parse(query), operationName) === null
  } catch {
    return false
  }
}

async function readResult(response: Response): Promise<ExecutionResult> {
  try {
    return await response.json()
  } catch {
    throw new Error(`The service gave no GraphQL answer, but HTTP status ${response.status}.`)
  }
}

function isIntrospectionRefused({ operationName }: FetcherParams, { errors }: ExecutionResult) {
  return operationName === 'IntrospectionQuery' && errors?.[0]?.extensions?.code === 'GRAPHQL_VALIDATION_FAILED'
}
