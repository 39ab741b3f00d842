import { answer } from '../answers.ts'
import type { Resolvers } from '../generated.ts'

export const userResolvers: Resolvers = {
  Query: {
    me: (_parent, _args, { viewer }) => viewer.user,
  },
  Mutation: {
    signup: async (_parent, { input }, { signup, asker }) => answer(await signup(input, asker)),
    requestEmailVerification: (_parent, { email }, { recovery, asker }) =>
      recovery.requestEmailVerification(email, asker),
    verifyEmail: async (_parent, { token }, { recovery, asker }) => answer(await recovery.verifyEmail(token, asker)),
    requestPasswordReset: (_parent, { email }, { recovery, asker }) => recovery.requestPasswordReset(email, asker),
    resetPassword: async (_parent, { input }, { recovery, asker }) =>
      answer(await recovery.resetPassword(input, asker)),
    updateProfile: async (_parent, { input }, { account, viewer, asker }) =>
      answer(await account.updateProfile(input, viewer, asker)),
    changePassword: async (_parent, { input }, { account, viewer, asker }) =>
      answer(await account.changePassword(input, viewer, asker)),
    changeEmail: async (_parent, { email }, { account, viewer, asker }) =>
      answer(await account.changeEmail(email, viewer, asker)),
    deleteAccount: async (_parent, _args, { account, viewer, asker }) =>
      answer(await account.deleteAccount(viewer, asker)),
  },
}
