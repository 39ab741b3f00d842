import type { Resolvers } from '../generated.ts'
import { toResult } from '../results.ts'

export const userResolvers: Resolvers = {
  Query: {
    me: (_parent, _args, { viewer }) => viewer.user,
  },
  Mutation: {
    signup: async (_parent, { input }, { services, auth }) => toResult(await services.signup(auth, input)),
    inviteUser: async (_parent, { input }, { services, auth }) => toResult(await services.inviteUser(auth, input)),
    acceptInvitation: async (_parent, { input }, { services, auth }) =>
      toResult(await services.acceptInvitation(auth, input)),
    requestEmailVerification: (_parent, { email }, { services, auth }) =>
      services.requestEmailVerification(auth, email),
    verifyEmail: async (_parent, { token }, { services, auth }) => toResult(await services.verifyEmail(auth, token)),
    requestPasswordReset: (_parent, { email }, { services, auth }) => services.requestPasswordReset(auth, email),
    resetPassword: async (_parent, { input }, { services, auth }) =>
      toResult(await services.resetPassword(auth, input)),
    updateProfile: async (_parent, { input }, { services, auth }) =>
      toResult(await services.updateProfile(auth, input)),
    changePassword: async (_parent, { input }, { services, auth }) =>
      toResult(await services.changePassword(auth, input)),
    changeEmail: async (_parent, { email }, { services, auth }) => toResult(await services.changeEmail(auth, email)),
    deleteAccount: async (_parent, _args, { services, auth }) => toResult(await services.deleteAccount(auth)),
  },
}
