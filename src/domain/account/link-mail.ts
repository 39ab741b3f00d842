import type { Deps } from '../deps.ts'
import type { MailRequested } from '../outcomes.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { readEmail } from './emails.ts'

/** Queues a mail with a link. Known and unknown addresses cause the same work. */
export async function queueLinkMail(
  { mails }: Deps,
  auth: RequestAuth,
  kind: 'verifyEmail' | 'resetPassword',
  email: string,
): Promise<MailRequested> {
  const address = readEmail(email)
  if (address) await mails.enqueue(auth, { kind, emailCanonical: address.emailCanonical })
  return { kind: 'MailRequested', email: email.trim() }
}
