import * as z from 'zod/mini'
import { settings } from './settings.ts'

// Zod compiles its checks otherwise, which the pages' policy refuses.
z.config({ jitless: true })

const countSigns = (text: string) => [...text.normalize('NFKC')].length

const email = z.string().check(
  z.trim(),
  z.minLength(1, 'Enter your email address.'),
  z.refine((text) => text === '' || /^[^\s@]+@[^\s@]+$/.test(text), 'Enter a valid email address.'),
)
const givenPassword = z.string().check(z.minLength(1, 'Enter your password.'))
const newPassword = z
  .string()
  .check(
    z.refine(
      (text) => countSigns(text) >= settings.minPasswordLength,
      `Your password must be at least ${settings.minPasswordLength} characters long.`,
    ),
  )
const name = z.string().check(
  z.trim(),
  z.refine((text) => countSigns(text) <= 100, 'Use at most 100 characters.'),
)

export const loginSchema = z.object({ email, password: givenPassword })
export const signupSchema = z.object({ firstName: name, lastName: name, email, password: newPassword })
export const invitationSchema = z.object({ firstName: name, lastName: name, password: newPassword })
export const emailSchema = z.object({ email })
export const passwordSchema = z.object({ password: givenPassword })
export const resetSchema = z.object({ newPassword })
export const changePasswordSchema = z.object({
  currentPassword: z.string().check(z.minLength(1, 'Enter your current password.')),
  newPassword,
})
const code = z.string().check(z.trim(), z.minLength(1, 'Enter the code.'))
export const codeSchema = z.object({ code })
export const passwordAndCodeSchema = z.object({ password: givenPassword, code })
export const passkeyNameSchema = z.object({
  name: z.string().check(z.trim(), z.minLength(1, 'Enter a name.'), z.maxLength(100, 'Use at most 100 characters.')),
})
export const profileSchema = z.object({ firstName: name, lastName: name })
