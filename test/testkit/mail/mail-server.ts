import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { domainToASCII } from 'node:url'
import { SMTPServer, type SMTPServerAddress } from 'smtp-server'
import { onTestFinished } from 'vitest'
import { parseMail, type ReceivedMail } from './mailbox.ts'

/** A mail as a server received it, with its envelope. */
export interface Delivery extends ReceivedMail {
  from: string
  recipients: string[]
}

/** A mail server that a test can take down, and that refuses or waits on demand. */
export interface MailServer {
  readonly port: number
  readonly deliveries: readonly Delivery[]
  /** Connections so far, served or not. */
  readonly connections: number
  /** Answers this command of each mail with this SMTP error from now on; null accepts mails again. */
  refuse(code: number | null, command?: 'MAIL' | 'RCPT' | 'DATA'): void
  /** Accepts no mail until the returned function is called. */
  holdMails(): () => void
  down(): Promise<void>
  up(): Promise<void>
}

/** Restores what was sent: smtp-server decodes domains in other scripts from their ASCII form. */
function toAscii(address: string): string {
  const at = address.lastIndexOf('@') + 1
  return address.slice(0, at) + domainToASCII(address.slice(at))
}

/** Starts a real SMTP server on a port of its own, for this test. */
export async function startMailServer(): Promise<MailServer> {
  const deliveries: Delivery[] = []
  let refusal: { code: number; command: string } | null = null
  let gate: Promise<void> = Promise.resolve()
  let connections = 0
  let port = 0
  let server: SMTPServer | null = null

  /** As many a server does, it quotes whom it refuses. */
  function createRefusal(command: string, at: SMTPServerAddress | undefined): Error | null {
    if (refusal?.command !== command) return null
    return Object.assign(new Error(`<${at?.address}>: Not now`), { responseCode: refusal.code })
  }

  async function up(): Promise<void> {
    server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      onConnect(_session, done) {
        connections += 1
        done()
      },
      onMailFrom: (address, _session, done) => done(createRefusal('MAIL', address)),
      onRcptTo: (address, _session, done) => done(createRefusal('RCPT', address)),
      async onData(stream, { envelope }, done) {
        const chunks: Buffer[] = []
        for await (const chunk of stream) chunks.push(chunk)
        await gate
        const refused = createRefusal('DATA', envelope.rcptTo[0])
        if (refused) return done(refused)
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
        const recipients = envelope.rcptTo.map(({ address }) => toAscii(address))
        deliveries.push({ ...parseMail(Buffer.concat(chunks).toString('utf8')), from, recipients })
        done()
      },
    })
    server.on('error', () => {})
    server.listen(port, '127.0.0.1')
    await once(server.server, 'listening')
    port = (server.server.address() as AddressInfo).port
  }

  async function down(): Promise<void> {
    const closing = server
    server = null
    if (closing) await new Promise<void>((resolve) => closing.close(resolve))
  }

  await up()
  onTestFinished(down)
  return {
    get port() {
      return port
    },
    get connections() {
      return connections
    },
    deliveries,
    refuse(code, command = 'DATA') {
      refusal = code === null ? null : { code, command }
    },
    holdMails() {
      let open = () => {}
      gate = new Promise((resolve) => {
        open = resolve
      })
      return open
    },
    up,
    down,
  }
}
