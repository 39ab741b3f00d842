import * as z from 'zod/mini'
import { settings } from './settings.ts'
import { t } from './translate.ts'

// Zod compiles its checks otherwise, which the pages' policy refuses.
z.config({ jitless: true })

/** As the service counts them: code points after NFKC. */
const MAX_NAME_LENGTH = 100
const MAX_EMAIL_LENGTH = 254
const MAX_PASSWORD_LENGTH = 256

const count = (text: string) => [...text.normalize('NFKC')].length

/** A check with its sentence, which is translated when it is told. */
const rule = (isMet: (text: string) => boolean, explain: () => string) => z.refine<string>(isMet, { error: explain })

const filled = (explain: () => string) => rule((text) => text !== '', explain)
const atMost = (max: number) =>
  rule(
    (text) => count(text) <= max,
    () => t('Use at most {{max}} characters.', { max }),
  )
const atLeast = (min: number) =>
  rule(
    (text) => count(text) >= min,
    () => t('Your password must be at least {{min}} characters long.', { min }),
  )
const emailShape = rule(
  (text) => text === '' || /^[^\s@]+@[^\s@]+$/.test(text),
  () => t('Enter a valid email address.'),
)

const email = z.string().check(
  z.trim(),
  filled(() => t('Enter your email address.')),
  emailShape,
  atMost(MAX_EMAIL_LENGTH),
)
const givenPassword = z.string().check(filled(() => t('Enter your password.')))
const newPassword = z.string().check(atLeast(settings.minPasswordLength), atMost(MAX_PASSWORD_LENGTH))
const name = z.string().check(z.trim(), atMost(MAX_NAME_LENGTH))

export const loginSchema = z.object({ email, password: givenPassword })
export const signupSchema = z.object({ firstName: name, lastName: name, email, password: newPassword })
export const invitationSchema = z.object({ firstName: name, lastName: name, password: newPassword })
export const emailSchema = z.object({ email })
export const passwordSchema = z.object({ password: givenPassword })
export const resetSchema = z.object({ newPassword })
export const changePasswordSchema = z.object({
  currentPassword: z.string().check(filled(() => t('Enter your current password.'))),
  newPassword,
})
const code = z.string().check(
  z.trim(),
  filled(() => t('Enter the code.')),
)
export const codeSchema = z.object({ code })
export const passwordAndCodeSchema = z.object({ password: givenPassword, code })
export const passkeyNameSchema = z.object({
  name: z.string().check(
    z.trim(),
    filled(() => t('Enter a name.')),
    atMost(MAX_NAME_LENGTH),
  ),
})
export const profileSchema = z.object({ firstName: name, lastName: name, locale: z.string() })
