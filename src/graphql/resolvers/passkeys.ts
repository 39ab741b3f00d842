import type { Resolvers } from '../generated.ts'
import { toResult } from '../results.ts'

export const passkeyResolvers: Resolvers = {
  Mutation: {
    startPasskeyLogin: (_parent, _args, { services, auth }) => services.startPasskeyLogin(auth),
    loginWithPasskey: async (_parent, { input }, { services, auth }) =>
      toResult(await services.loginWithPasskey(auth, input)),
    startPasskeyReauthentication: (_parent, _args, { services, auth }) => services.startPasskeyReauthentication(auth),
    reauthenticateWithPasskey: async (_parent, { passkey }, { services, auth }) =>
      toResult(await services.reauthenticateWithPasskey(auth, passkey)),
    startPasskeyRegistration: async (_parent, _args, { services, auth }) =>
      toResult(await services.startPasskeyRegistration(auth)),
    addPasskey: async (_parent, { input }, { services, auth }) => toResult(await services.addPasskey(auth, input)),
    renamePasskey: async (_parent, { id, name }, { services, auth }) =>
      toResult(await services.renamePasskey(auth, id, name)),
    removePasskey: async (_parent, { id }, { services, auth }) => toResult(await services.removePasskey(auth, id)),
  },
}
