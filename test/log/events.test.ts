// OWASP ASVS 5.0, 16.3: security events are logged.
import { expect, test } from 'vitest'
import {
  changePassword,
  deleteAccount,
  logIn,
  logOut,
  OTHER_PASSWORD,
  PASSWORD,
  reauthenticate,
  requestPasswordReset,
  resetPassword,
  revokeOtherSessions,
  signUp,
  updateProfile,
} from '../testkit/client.ts'
import { startOwnService } from '../testkit/fixtures.ts'
import type { LogLine, Service } from '../testkit/service.ts'
import { findUserId } from '../testkit/users.ts'

const isRequest = ({ event }: LogLine) => event === 'request'

/** Waits for the log line of a request, and returns all lines with the id that its answer has. */
async function waitForLines(service: Service, { headers }: { headers: object }): Promise<LogLine[]> {
  const requestId = (headers as Record<string, unknown>)['x-request-id']
  const ofIt = (line: LogLine) => line.requestId === requestId
  await service.waitForLog((line) => isRequest(line) && ofIt(line))
  return service.log.filter(ofIt)
}

async function waitForEvents(service: Service, answer: { headers: object }): Promise<LogLine[]> {
  return (await waitForLines(service, answer)).filter((line) => !isRequest(line) && line.level !== 'debug')
}

const named = 'query WhoAmI { me { email } }'

test('a request has one log line, with its id, operation, outcome, duration and user', async () => {
  const service = await startOwnService()
  const ada = service.openBrowser()
  await signUp(ada)
  const lines = (await waitForLines(service, await ada.gql(named))).filter(isRequest)
  expect(lines).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      event: 'request',
      requestId: expect.stringMatching(/^[\da-f-]{36}$/),
      method: 'POST',
      path: '/graphql',
      status: 200,
      operation: 'WhoAmI',
      outcome: 'ok',
      durationMs: expect.any(Number),
      userId: await findUserId(service, 'ada@example.com'),
    },
  ])
})

test('the log line of a request names its outcome', async () => {
  const service = await startOwnService()
  const anonymous = service.openBrowser()
  const answers = {
    UNAUTHENTICATED: await anonymous.gql(named),
    GRAPHQL_PARSE_FAILED: await anonymous.gql('{'),
    GRAPHQL_VALIDATION_FAILED: await anonymous.gql('{ nothing }'),
    BAD_USER_INPUT: await anonymous.gql('query ($id: ID!) { user(id: $id) { id } }', {}),
    NOT_FOUND: await anonymous.get('/nothing'),
  }
  for (const [outcome, answer] of Object.entries(answers)) {
    const [line] = (await waitForLines(service, answer)).filter(isRequest)
    expect(line).toMatchObject({ outcome, status: answer.status, userId: null })
  }
})

test('a request that is refused before GraphQL has its log line, too', async () => {
  const service = await startOwnService()
  const anonymous = service.openBrowser()
  const answers = [
    await anonymous.get('/graphql'),
    await anonymous.post('/graphql', 'no json'),
    await anonymous.post('/graphql', '{}', { 'Content-Type': 'text/plain' }),
    await anonymous.post('/graphql', { query: named }, { Origin: 'https://evil.example' }),
  ]
  for (const answer of answers) {
    const [line] = (await waitForLines(service, answer)).filter(isRequest)
    expect(line).toMatchObject({ status: answer.status, operation: null })
    expect(line?.outcome).not.toBe('ok')
  }
})

test('every authentication is logged, successful or not, from signup to deletion', async () => {
  const service = await startOwnService()
  const ada = service.openBrowser()
  const seen: Record<string, LogLine[]> = {}
  const note = async (name: string, answering: Promise<{ headers: object }>) => {
    seen[name] = await waitForEvents(service, await answering)
  }
  await note('signup', signUp(ada))
  const userId = await findUserId(service, 'ada@example.com')
  await note('signup, taken', signUp(service.openBrowser()))
  await note('signup, refused', signUp(service.openBrowser(), { email: 'bob@example.com', password: 'short' }))
  await note('login, wrong', logIn(service.openBrowser(), { email: 'ada@example.com', password: 'not it at all' }))
  await note('login, unknown', logIn(service.openBrowser(), { email: 'nobody@example.com' }))
  await note('login', logIn(ada))
  await note('reauthenticate, wrong', reauthenticate(ada, { password: 'not it at all' }))
  await note('reauthenticate', reauthenticate(ada))
  await note('changePassword, wrong', changePassword(ada, { currentPassword: 'not it at all' }))
  await note('changePassword', changePassword(ada))
  await note('revokeOtherSessions', revokeOtherSessions(ada))
  await note('updateProfile', updateProfile(ada, { firstName: 'Ada' }))
  await note('reset, asked', requestPasswordReset(ada, { email: 'ada@example.com' }))
  await note('reset, no token', resetPassword(ada, { token: 'x'.repeat(43), newPassword: PASSWORD }))
  await note('logout', logOut(ada))
  await note('logout, signed out', logOut(ada))
  await logIn(ada, { email: 'ada@example.com', password: OTHER_PASSWORD })
  await note('delete', deleteAccount(ada))

  const events = Object.fromEntries(
    Object.entries(seen).map(([name, lines]) => [name, lines.map(({ event }) => event)]),
  )
  expect(events).toEqual({
    signup: ['signup.succeeded'],
    'signup, taken': ['signup.refused'],
    'signup, refused': ['signup.refused'],
    'login, wrong': ['login.failed'],
    'login, unknown': ['login.failed'],
    login: ['login.succeeded'],
    'reauthenticate, wrong': ['reauthentication.failed'],
    reauthenticate: ['reauthentication.succeeded'],
    'changePassword, wrong': ['password.change-refused'],
    changePassword: ['password.changed'],
    revokeOtherSessions: ['sessions.revoked'],
    updateProfile: ['profile.updated'],
    'reset, asked': ['password.reset-requested'],
    'reset, no token': ['token.refused'],
    logout: ['logout'],
    'logout, signed out': [],
    delete: ['user.deleted'],
  })
  for (const name of ['signup', 'login, wrong', 'login', 'changePassword', 'logout', 'delete'])
    expect(seen[name]?.[0]).toMatchObject({ userId })
  expect(seen['login, unknown']?.[0]).toMatchObject({ userId: null })
})

test('a field that is refused is logged', async () => {
  const service = await startOwnService()
  const ada = service.openBrowser()
  await signUp(ada)
  const list = '{ users { edges { cursor } } }'
  const anonymous = await waitForEvents(service, await service.openBrowser().gql(list))
  expect(anonymous).toMatchObject([{ event: 'access.refused', code: 'UNAUTHENTICATED', userId: null }])
  const stranger = await waitForEvents(service, await ada.gql(list))
  expect(stranger).toMatchObject([
    {
      event: 'access.refused',
      code: 'FORBIDDEN',
      field: 'Query.users',
      userId: await findUserId(service, 'ada@example.com'),
    },
  ])
})

test('a foreign origin is logged', async () => {
  const service = await startOwnService()
  const answer = await service.openBrowser().post('/graphql', { query: named }, { Origin: 'https://evil.example' })
  expect(answer.status).toBe(403)
  expect(await waitForEvents(service, answer)).toMatchObject([{ event: 'origin.refused' }])
})

test('two session cookies in one request are logged', async () => {
  const service = await startOwnService()
  const ada = service.openBrowser()
  await signUp(ada)
  const answer = await ada.gql('{ session { id } }', {}, { Cookie: `sid=${ada.cookie}; sid=s:planted.x` })
  expect(await waitForEvents(service, answer)).toMatchObject([{ event: 'session.duplicate-cookie' }])
})

test('an unexpected error is logged under the id that the answer has', async () => {
  const service = await startOwnService()
  const ada = service.openBrowser()
  await signUp(ada)
  await service.db.collection('users').updateOne({}, { $set: { createdAt: 'no date: canary' } })
  const answer = await ada.gql('{ me { createdAt } }')
  expect(answer.body).toMatchObject({ errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] })
  expect(answer.text).not.toContain('canary')
  const failed = (await waitForLines(service, answer)).filter(({ level }) => level === 'error')
  expect(failed).toMatchObject([{ event: 'request.failed', requestId: answer.body.errors?.[0]?.extensions?.requestId }])
})
