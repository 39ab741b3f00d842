/** The mail server will never accept this mail (RFC 5321, 4.2.1: a 5yz reply). */
export class MailRefused extends Error {
  readonly code: number

  constructor(message: string, code: number) {
    super(message)
    this.code = code
  }
}
