/** What nodemailer says of a failure, but for its text: that may quote the mail, or the user of the mail server. */
export interface SmtpCodes {
  code?: string
  command?: string
  responseCode?: number
}

/** Describes a failure by its codes. */
export const describeCodes = ({ code = 'unknown', command, responseCode }: SmtpCodes): string =>
  [code, command, responseCode || undefined].filter((fact) => fact !== undefined).join(' ')
