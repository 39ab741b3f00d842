import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { requestPasswordReset, signUp } from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'
import { listMails } from '../testkit/mail/queue.ts'

const service = provideService()

test('without SMTP_URL each mail is a file in DATA_DIR/outbox, and its link is in the log', async () => {
  const browser = service().openBrowser()
  await signUp(browser)
  await requestPasswordReset(browser, { email: 'ada@example.com' })
  const mails = await listMails(service(), 'ada@example.com')
  expect(mails.map(({ subject }) => subject)).toEqual(['Verify your email address', 'Reset your password'])
  const files = readdirSync(join(service().dataDir, 'outbox'))
  expect(files).toHaveLength(2)
  expect(files.every((file) => file.endsWith('.eml'))).toBe(true)
  const log = JSON.stringify(service().log)
  for (const { link } of mails) expect(log).toContain(link)
})
