import { deviceName } from '../../domain/devices.ts'
import { scopesOf } from '../../domain/roles.ts'
import { answer } from '../answers.ts'
import type { Resolvers } from '../generated.ts'

export const sessionResolvers: Resolvers = {
  Query: {
    session: async (_parent, _args, { asker, sessions }) => {
      const viewer = await asker.identify()
      return viewer && sessions.view(viewer.user, viewer.session, true)
    },
    sessions: (_parent, _args, { sessions, viewer }) => sessions.list(viewer),
  },
  Mutation: {
    login: async (_parent, { input }, { signin, asker }) => answer(await signin.login(input, asker)),
    logout: (_parent, _args, { signin, asker }) => signin.logout(asker),
    reauthenticate: async (_parent, { input }, { signin, viewer, asker }) =>
      answer(await signin.reauthenticate(input, viewer, asker)),
    revokeSession: async (_parent, { id }, { revocation, viewer, asker }) =>
      answer(await revocation.revoke(id, viewer, asker)),
    revokeOtherSessions: (_parent, _args, { revocation, viewer, asker }) => revocation.revokeOthers(viewer, asker),
    revokeAllSessions: (_parent, _args, { revocation, viewer, asker }) => revocation.revokeAll(viewer, asker),
  },
  Session: {
    id: ({ session }) => session.handle,
    scopes: ({ user }) => [...scopesOf(user.roles)],
    createdAt: ({ session }) => session.createdAt,
    lastSeenAt: ({ session }) => session.lastSeen,
    authenticatedAt: ({ session }) => session.authenticatedAt,
    device: ({ session }) => session.device,
  },
  Device: {
    name: (device) => deviceName(device),
  },
}
