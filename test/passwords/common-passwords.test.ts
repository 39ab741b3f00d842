// OWASP ASVS 5.0, 6.2.4 (common passwords) and 6.2.5 (no rules of composition).
import { dictionary } from '@zxcvbn-ts/language-common'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findPasswordProblem } from '../../src/domain/credentials/password-rules.ts'
import { signUp } from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'

const listed = dictionary['passwords-common'].map((password) => `${password}`)
const anonymous = { email: 'zz@zz.example', firstName: null, lastName: null }
const findReason = (password: string, minLength: number) =>
  findPasswordProblem('password', password, minLength, anonymous)?.reason

for (const minLength of [8, 15]) {
  const service = provideService({ settings: { PASSWORD_MIN_LENGTH: String(minLength) } })
  const fitting = listed.filter((password) => [...password].length >= minLength)

  test(`with at least ${minLength} characters, passwords of the list of common ones are refused, in any case`, async () => {
    expect(fitting.length).toBeGreaterThan(minLength === 8 ? 3000 : 10)
    const any = fc.sample(fc.constantFrom(...fitting), { numRuns: 3, seed: 624 })
    for (const password of [fitting[0], fitting.at(-1), ...any]) {
      for (const form of [String(password), String(password).toUpperCase()]) {
        const answer = await signUp(service().openBrowser(), { email: 'zz@zz.example', password: form })
        expect(answer.data).toMatchObject({
          __typename: 'InvalidInput',
          fields: [{ name: 'password', reason: 'TOO_COMMON' }],
        })
      }
    }
  })

  test(`with at least ${minLength} characters, length is the only other rule: one character less is too short`, async () => {
    const password = 'vk7 qpu9wzt bhx '.slice(0, minLength)
    const short = await signUp(service().openBrowser(), { email: 'short@zz.example', password: password.slice(1) })
    expect(short.data?.fields?.[0]?.reason).toBe('TOO_SHORT')
    const enough = await signUp(service().openBrowser(), { email: 'enough@zz.example', password })
    expect(enough.kind).toBe('SignupSuccess')
  })
}

test('every password of the list is refused', () => {
  for (const password of listed) {
    const { length } = [...password.normalize('NFKC')]
    if (length >= 8) expect([password, findReason(password, 8)]).toEqual([password, 'TOO_COMMON'])
  }
})

test('every unit that is repeated to fill the length is refused', () => {
  const unit = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 7 }).map((text) => text.normalize('NFKC'))
  fc.assert(
    fc.property(
      unit.filter((text) => text.length > 0),
      (text) => {
        expect(findReason(text.repeat(Math.ceil(30 / text.length)).slice(0, 200), 15)).toBe('TOO_COMMON')
      },
    ),
    { verbose: true },
  )
})

test('any random phrase is accepted', () => {
  const word = fc.string({ unit: fc.constantFrom(...'bdfhjlnprtvxzaeiou0369 ?é'), minLength: 20, maxLength: 40 })
  const varied = word.filter((text) => new Set(text).size >= 12)
  fc.assert(
    fc.property(varied, (text) => {
      expect(findReason(text, 15)).toBeUndefined()
    }),
    { numRuns: 500, verbose: true },
  )
})

test('any text gets a verdict, and its length is counted as it is hashed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const { length } = [...text.normalize('NFKC')]
      const reason = findReason(text, 15)
      if (!text.isWellFormed()) expect(reason).toBe('MALFORMED')
      else if (length < 15) expect(reason).toBe('TOO_SHORT')
      else if (length > 256) expect(reason).toBe('TOO_LONG')
      else expect([undefined, 'TOO_COMMON']).toContain(reason)
    }),
    { numRuns: 500, verbose: true },
  )
})
