import { SECONDS } from '../units.ts'
import { describeCodes, type SmtpCodes } from './smtp-codes.ts'

const TIMEOUTS = { connectionTimeout: 5 * SECONDS, greetingTimeout: 5 * SECONDS, socketTimeout: 5 * SECONDS }

/**
 * Connects to a mail server and logs in.
 * @throws Error with the codes of what went wrong: the server's own words may quote the user
 */
export async function verifySmtp(url: string): Promise<void> {
  const { default: nodemailer } = await import('nodemailer')
  const transport = nodemailer.createTransport({ url, ...TIMEOUTS })
  try {
    await transport.verify()
  } catch (error) {
    throw new Error(`the mail server cannot be used: ${describeCodes(error as SmtpCodes)}`)
  } finally {
    transport.close()
  }
}
