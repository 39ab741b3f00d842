import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { MINUTES } from '../../src/units.ts'
import { deleteAccount, signUp } from '../testkit/client.ts'
import { holdDeadlines } from '../testkit/deadlines.ts'
import { startOwnProxiedService, startOwnService } from '../testkit/fixtures.ts'
import { waitForEmptyQueue } from '../testkit/mail/queue.ts'
import { advanceUntil } from '../testkit/wait.ts'

test('a failed mail is tried again, though the deadline of the request that asked for it has long passed', async () => {
  const deadlines = holdDeadlines()
  let tries = 0
  const send = async () => {
    tries += 1
    if (tries === 1) throw new Error('The mail server is away.')
  }
  const service = await startOwnService({ mailer: { send, close: () => {} } })
  await signUp(service.openBrowser())
  await service.waitForLog(({ event }) => event === 'mail.failed')
  deadlines.passAll()
  await advanceUntil(service, MINUTES, () => expect(service.log.map(({ event }) => event)).toContain('mail.sent'))
  expect(tries).toBe(2)
  await waitForEmptyQueue(service)
})

// Who removes the example leaves this test without a subject.
const example = new URL('../../src/features/notes/feature.ts', import.meta.url)

test.skipIf(!existsSync(example))(
  'what a feature does after a user was deleted is tried again, though the deadline of the deletion has long passed',
  async () => {
    const deadlines = holdDeadlines()
    const service = await startOwnProxiedService()
    const ada = service.openBrowser()
    await signUp(ada)
    await service.waitForMail('ada@example.com')
    await ada.gql('mutation { addNote(text: "farewell") { id } }')
    const notes = service.db.collection('notes')
    expect(await notes.countDocuments()).toBe(1)
    service.proxy.fail({ command: 'delete', collection: 'notes', code: 14_031 })
    expect((await deleteAccount(ada)).kind).toBe('DeleteAccountSuccess')
    await service.waitForLog(({ event }) => event === 'mail.failed')
    deadlines.passAll()
    await advanceUntil(service, MINUTES, async () => expect(await notes.countDocuments()).toBe(0))
  },
)
