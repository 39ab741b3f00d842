import { expect, test } from 'vitest'
import {
  changeEmail,
  deleteAccount,
  listSessions,
  reauthenticate,
  revokeOtherSessions,
  revokeSession,
  type Told,
} from '../testkit/account.ts'
import type { Browser } from '../testkit/browser.ts'
import { sharedService } from '../testkit/lend.ts'
import { PASSWORD } from '../testkit/people.ts'
import { disableUser, enableUser, newcomer, revokeUserSessions, setUserRoles } from '../testkit/staff.ts'

const service = sharedService()
const NOBODY = '0123456789abcdef01234567'

const FIELDS: Record<string, [ask: (who: Browser) => Promise<Told>, kind: string]> = {
  changeEmail: [(who) => changeEmail(who, 'elsewhere@example.com'), 'MailRequested'],
  revokeSession: [(who) => revokeSession(who, NOBODY), 'NotFound'],
  revokeOtherSessions: [revokeOtherSessions, 'SessionsRevoked'],
  setUserRoles: [(who) => setUserRoles(who, NOBODY, []), 'NotFound'],
  disableUser: [(who) => disableUser(who, NOBODY), 'NotFound'],
  enableUser: [(who) => enableUser(who, NOBODY), 'NotFound'],
  revokeUserSessions: [(who) => revokeUserSessions(who, NOBODY), 'NotFound'],
  deleteAccount: [deleteAccount, 'DeleteAccountSuccess'],
}

test('7.5.1: the fields that ask for a fresh proof are these, and each asks for one of 600 seconds', async () => {
  const who = service().browser()
  const answer = await who.gql<{ __type: { fields: { name: string; description: string }[] } }>(
    '{ __type(name: "Mutation") { fields { name description } } }',
  )
  const asking = answer.body.data?.__type.fields.filter(({ description }) => description.includes('within 600 seconds'))
  expect(asking?.map(({ name }) => name).sort()).toEqual(Object.keys(FIELDS).sort())
})

test.each(Object.entries(FIELDS))(
  '7.5.1: %s is open at 600 seconds after the proof, shut a millisecond later, and open again after a new one',
  async (name, [ask, kind]) => {
    await newcomer(service(), `rest.${name.toLowerCase()}@example.com`, ['ADMIN'])
    const who = await newcomer(service(), `${name.toLowerCase()}@example.com`, ['ADMIN'])
    service().clock.advance(600_000)
    if (name !== 'deleteAccount' && name !== 'revokeOtherSessions') expect((await ask(who)).kind).toBe(kind)
    service().clock.advance(1)
    const refused = await ask(who)
    expect(refused.kind).toBe('REAUTHENTICATION_REQUIRED')
    expect(refused.answer.body).toMatchObject({ errors: [{ path: [name], extensions: { maxAge: 600 } }] })
    expect(await listSessions(who)).toHaveLength(1)
    await reauthenticate(who, PASSWORD)
    service().clock.advance(600_000)
    expect((await ask(who)).kind).toBe(kind)
  },
)
