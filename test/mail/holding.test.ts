// When a queued mail is due: not before its request has committed, and then in the order in which the queue was filled.
import { ObjectId } from 'mongodb'
import { expect, test } from 'vitest'
import { signUp } from '../testkit/client.ts'
import { startOwnProxiedService, startOwnService } from '../testkit/fixtures.ts'
import { startMailServer } from '../testkit/mail/mail-server.ts'
import { holdAt, moments } from '../testkit/mongo/holds.ts'
import { waitUntil } from '../testkit/wait.ts'

test('the mail of a sign-up under way is not looked at for 30 seconds, and sent once the user is stored', async () => {
  const service = await startOwnProxiedService()
  const gate = await holdAt(service.proxy, moments.signupCommit, () => signUp(service.openBrowser()))
  service.proxy.clear()
  service.clock.advance(29_999)
  // A worker that finds nothing due asks when the next job is.
  await waitUntil(() =>
    expect(service.proxy.commands).toContainEqual(expect.objectContaining({ command: 'find', collection: 'mails' })),
  )
  expect(await service.db.collection('mails').countDocuments({ tries: 0 })).toBe(1)
  gate.release()
  expect((await gate.answer).kind).toBe('SignupSuccess')
  expect((await service.waitForMail('ada@example.com')).token).toBeDefined()
})

test('mails are sent in the order in which they came due, whatever order the database finds them in', async () => {
  const server = await startMailServer()
  const service = await startOwnService({
    settings: { SMTP_URL: `smtp://127.0.0.1:${server.port}`, MAIL_FROM: 'Gatehouse <no-reply@example.com>' },
  })
  const mails = service.db.collection('mails')
  // Without an index on the time, a search finds the oldest document first.
  await mails.dropIndexes()
  const now = service.clock.now().getTime()
  const due = [3, 1, 4, 2, 5]
  await mails.insertMany(
    due.map((seconds) => ({
      ...{ _id: new ObjectId(), kind: 'feature', to: `due${seconds}@example.com`, subject: 'Hello', text: 'Hello' },
      ...{ createdAt: new Date(now), dueAt: new Date(now + seconds * 1000), tries: 0 },
    })),
  )
  service.clock.advance(15_000)
  await waitUntil(() => expect(server.deliveries).toHaveLength(due.length))
  expect(server.deliveries.map(({ to }) => to)).toEqual([1, 2, 3, 4, 5].map((seconds) => `due${seconds}@example.com`))
})
