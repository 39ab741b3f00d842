import type { Resolvers } from '../generated.ts'
import { toResult } from '../results.ts'

export const factorResolvers: Resolvers = {
  Query: {
    factors: (_parent, _args, { services, auth }) => services.readFactors(auth),
  },
  Mutation: {
    completeLogin: async (_parent, { input }, { services, auth }) =>
      toResult(await services.completeLogin(auth, input)),
    startTotp: async (_parent, _args, { services, auth }) => toResult(await services.startTotp(auth)),
    confirmTotp: async (_parent, { code }, { services, auth }) => toResult(await services.confirmTotp(auth, code)),
    removeTotp: async (_parent, _args, { services, auth }) => toResult(await services.removeTotp(auth)),
    replaceRecoveryCodes: async (_parent, _args, { services, auth }) =>
      toResult(await services.replaceRecoveryCodes(auth)),
    resetUserFactors: async (_parent, { id }, { services, auth }) =>
      toResult(await services.resetUserFactors(auth, id)),
  },
}
