/** The mail server will never take this mail, whenever it is sent again (RFC 5321, 4.2.1: a 5yz reply). */
export class MailRefused extends Error {
  /** The reply code of the mail server. */
  readonly code: number

  constructor(message: string, code: number) {
    super(message)
    this.code = code
  }
}
