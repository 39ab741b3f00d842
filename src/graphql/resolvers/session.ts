import { getDeviceName } from '../../domain/sessions/devices.ts'
import { AppError } from '../../errors.ts'
import type { Resolvers } from '../generated.ts'
import { toResult } from '../results.ts'
import { SessionEndSource } from '../stream/end-source.ts'

export const sessionResolvers: Resolvers = {
  Query: {
    session: (_parent, _args, { services, auth }) => services.findCurrentSession(auth),
    sessions: (_parent, _args, { services, auth }) => services.listSessions(auth),
  },
  Mutation: {
    login: async (_parent, { input }, { services, auth }) => toResult(await services.login(auth, input)),
    logout: (_parent, _args, { services, auth }) => services.logout(auth),
    reauthenticate: async (_parent, { input }, { services, auth }) =>
      toResult(await services.reauthenticate(auth, input)),
    revokeSession: async (_parent, { id }, { services, auth }) => toResult(await services.revokeSession(auth, id)),
    revokeOtherSessions: (_parent, _args, { services, auth }) => services.revokeOtherSessions(auth),
    revokeAllSessions: (_parent, _args, { services, auth }) => services.revokeAllSessions(auth),
  },
  Subscription: {
    sessionEnded: {
      subscribe(_parent, _args, { stream }) {
        if (!stream?.ended) throw new AppError('UNAUTHENTICATED')
        return new SessionEndSource(stream.ended)
      },
    },
  },
  Session: {
    id: ({ session }) => session.handle,
    scopes: ({ scopes }) => [...scopes],
    assurance: ({ session }) => session.assurance,
    createdAt: ({ session }) => session.createdAt,
    lastSeenAt: ({ session }) => session.lastSeen,
    authenticatedAt: ({ session }) => session.authenticatedAt,
    device: ({ session }) => session.device,
  },
  Device: {
    name: (device) => getDeviceName(device),
  },
}
