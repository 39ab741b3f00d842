import type { OperationVariables, TypedDocumentNode } from '@apollo/client'
import { useRef, useState } from 'react'
import { type Failure, toFailure, toProblem } from './failure.ts'
import { useAuthClient } from './provider.tsx'

/** The types that a mutation's only root field can have. */
export type MutationResult<TData> = NonNullable<Omit<TData, '__typename'>[keyof Omit<TData, '__typename'>]>

export interface ActionState {
  isBusy: boolean
  /** Why the last run failed; null before the first and after a success. */
  failure: Failure | null
  isDone: boolean
  clear(): void
}

/** Runs the mutation. Resolves with its success, or with null; then `failure` says why. */
export type RunAction<TResult, TVariables> = (variables: TVariables) => Promise<TResult | null>

interface ActionOptions<TName> {
  /** The types of a success; any other, also one that a later version adds, is a failure. */
  success: readonly TName[]
  /** Tells whether a success of this type changes the user. */
  changesIdentity?(name: TName): boolean
}

/**
 * Provides a mutation and its state, for forms and buttons. It runs once at a time and is never repeated automatically.
 * @example const [logIn, { isBusy, failure }] = useAction(LogInDocument, { success: ['LoginSuccess'] })
 */
export function useAction<
  TData,
  TVariables extends OperationVariables,
  TName extends NonNullable<(MutationResult<TData> & { __typename?: string })['__typename']>,
>(
  mutation: TypedDocumentNode<TData, TVariables>,
  { success, changesIdentity = () => false }: ActionOptions<TName>,
): [RunAction<Extract<MutationResult<TData>, { __typename: TName }>, TVariables>, ActionState] {
  type Success = Extract<MutationResult<TData>, { __typename: TName }>
  const authClient = useAuthClient()
  const isRunning = useRef(false)
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [isDone, setDone] = useState(false)

  async function run(variables: TVariables): Promise<Success | null> {
    if (isRunning.current) return null
    isRunning.current = true
    setBusy(true)
    setFailure(null)
    setDone(false)
    const { client } = authClient.identity.get()
    const outcome = await client
      .mutate<TData, OperationVariables>({ mutation, variables, fetchPolicy: 'no-cache', errorPolicy: 'all' })
      .catch((error: unknown) => ({ data: null, error }))
    isRunning.current = false
    setBusy(false)
    const result: unknown = Object.values(outcome.data ?? {}).find((value) => value && typeof value === 'object')
    if (outcome.error || !isResult(result)) {
      setFailure(toFailure(outcome.error))
      return null
    }
    const name = success.find((expected) => expected === result.__typename)
    if (name === undefined) {
      setFailure(toProblem(result))
      return null
    }
    setDone(true)
    if (changesIdentity(name)) authClient.changeIdentity()
    return result as unknown as Success
  }

  return [run, { isBusy, failure, isDone, clear: () => setFailure(null) }]
}

const isResult = (value: unknown): value is { __typename: string } =>
  typeof value === 'object' && value !== null && '__typename' in value
