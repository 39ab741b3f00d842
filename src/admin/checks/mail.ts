import { verifySmtp } from '../../mail/verify-smtp.ts'
import type { Finding } from './finding.ts'

/** Connects to the mail server and logs in, without sending a mail. */
export async function checkMail(smtp: { url: string } | null): Promise<Finding> {
  if (!smtp) return { check: 'mail', status: 'ok', detail: 'mails are written to files: SMTP_URL is not set' }
  try {
    await verifySmtp(smtp.url)
    return { check: 'mail', status: 'ok', detail: 'the mail server takes the login' }
  } catch (error) {
    return { check: 'mail', status: 'failed', detail: (error as Error).message }
  }
}
