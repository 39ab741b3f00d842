import { useState } from 'react'
import type { Failure } from './failure.ts'
import { CompleteLoginDocument, type FactorProof, type LogInMutation } from './gql/graphql.ts'
import { askForPasskey } from './passkey.ts'
import { useAction } from './use-action.ts'

/** What `useLogin` resolves with for a user who has a second factor. */
export type SecondFactorRequired = Extract<NonNullable<LogInMutation['login']>, { __typename: 'SecondFactorRequired' }>

/** Completes a login with a code, or with a passkey that the browser is asked for; all tabs of the browser follow. */
export function useSecondFactor({ challenge, passkeyOptions }: SecondFactorRequired) {
  const [complete, { failure, isBusy, clear }] = useAction(CompleteLoginDocument, {
    success: ['LoginSuccess'],
    changesIdentity: () => true,
  })
  const [passkeyFailure, setPasskeyFailure] = useState<Failure | null>(null)

  function prove(proof: FactorProof) {
    setPasskeyFailure(null)
    return complete({ input: { challenge, proof } })
  }

  async function proveWithPasskey() {
    clear()
    const answer = await askForPasskey(passkeyOptions)
    if ('passkey' in answer) return prove({ passkey: answer.passkey })
    setPasskeyFailure(answer.failure)
    return null
  }

  return {
    proveWithCode: (code: string) => prove({ code }),
    proveWithPasskey,
    failure: passkeyFailure ?? failure,
    isBusy,
  }
}
