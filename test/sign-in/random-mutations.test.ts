import fc from 'fast-check'
import { expect, test } from 'vitest'
import { getSignedInEmail, OTHER_PASSWORD, PASSWORD, signUp } from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'

/** What the session rules say of two users who share one browser, and of the cookie of the answer. */
interface Model {
  emails: readonly [string, string]
  passwords: [string, string]
  gone: [boolean, boolean]
  signedIn: 0 | 1 | null
  cookie: 'set' | 'cleared' | 'left'
}

/** Builds a mutation and what it returns in this state; null where it needs a session and there is none. */
type Mutation = (model: Model) => { field: string; gives: object | null }

const TYPE = '{ __typename }'
const answer = (name: string) => ({ __typename: name })

function signedInOnly(mutation: (model: Model, browser: 0 | 1) => { field: string; gives: object }): Mutation {
  return (model) => {
    // Without a session it does nothing, so it acts on a copy.
    const applies = model.signedIn !== null
    const { field, gives } = mutation(applies ? model : { ...model }, model.signedIn ?? 0)
    return { field, gives: applies ? gives : null }
  }
}

const ends = (model: Model) => Object.assign(model, { signedIn: null, cookie: 'cleared' })
const sets = (model: Model, signedIn: 0 | 1) => Object.assign(model, { signedIn, cookie: 'set' })

const logIn =
  (browser: 0 | 1): Mutation =>
  (model) => {
    const input = `{ email: "${model.emails[browser]}", password: "${model.passwords[browser]}" }`
    if (!model.gone[browser]) sets(model, browser)
    return {
      field: `login(input: ${input}) ${TYPE}`,
      gives: answer(model.gone[browser] ? 'InvalidCredentials' : 'LoginSuccess'),
    }
  }

const MUTATIONS: Record<string, Mutation> = {
  'login of one': logIn(0),
  'login of the other': logIn(1),
  logout(model) {
    const ended = model.signedIn !== null
    ends(model)
    return { field: 'logout { ended }', gives: { ended } }
  },
  reauthenticate: signedInOnly((model, browser) => {
    sets(model, browser)
    const field = `reauthenticate(input: { password: "${model.passwords[browser]}" }) ${TYPE}`
    return { field, gives: answer('ReauthenticateSuccess') }
  }),
  changePassword: signedInOnly((model, browser) => {
    const current = model.passwords[browser]
    const next = current === PASSWORD ? OTHER_PASSWORD : PASSWORD
    sets(Object.assign(model, { passwords: model.passwords.with(browser, next) }), browser)
    const field = `changePassword(input: { currentPassword: "${current}", newPassword: "${next}" }) ${TYPE}`
    return { field, gives: answer('ChangePasswordSuccess') }
  }),
  revokeOtherSessions: signedInOnly((model, browser) => {
    sets(model, browser)
    return { field: `revokeOtherSessions ${TYPE}`, gives: answer('SessionsRevoked') }
  }),
  revokeAllSessions: signedInOnly((model) => {
    ends(model)
    return { field: `revokeAllSessions ${TYPE}`, gives: answer('SessionsRevoked') }
  }),
  deleteAccount: signedInOnly((model, browser) => {
    ends(Object.assign(model, { gone: model.gone.with(browser, true) }))
    return { field: `deleteAccount ${TYPE}`, gives: answer('DeleteAccountSuccess') }
  }),
  updateProfile: signedInOnly(() => ({
    field: `updateProfile(input: { firstName: "Ada" }) ${TYPE}`,
    gives: answer('UpdateProfileSuccess'),
  })),
}

/** An operation may hold one of these at most. */
const CREDENTIALS = new Set(['login of one', 'login of the other', 'reauthenticate', 'changePassword'])

const isAllowed = (names: readonly string[]) => names.filter((name) => CREDENTIALS.has(name)).length <= 1

const service = provideService()

test('in any sequence of mutations each sees what those before it did, and the answer has at most one cookie', async () => {
  let count = 0
  // Users are kept from run to run, since a sign-up and a login each cost a hash.
  const model: Model = {
    emails: ['', ''],
    passwords: [PASSWORD, PASSWORD],
    gone: [true, true],
    signedIn: null,
    cookie: 'left',
  }
  let browser = service().openBrowser()

  async function prepare(): Promise<void> {
    for (const person of [1, 0] as const) {
      if (!model.gone[person]) continue
      count += 1
      const email = `person${count}@example.com`
      browser = service().openBrowser()
      await signUp(browser, { email })
      Object.assign(model, {
        emails: model.emails.with(person, email),
        passwords: model.passwords.with(person, PASSWORD),
        gone: model.gone.with(person, false),
        signedIn: person,
      })
    }
  }

  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...Object.keys(MUTATIONS)), { minLength: 2, maxLength: 5 }).filter(isAllowed),
      async (names) => {
        await prepare()
        model.cookie = 'left'
        const carried = browser.cookie !== undefined
        const steps = names.map((name) => MUTATIONS[name]?.(model))
        const fields = steps.map((step, n) => `f${n}: ${step?.field}`).join(' ')
        const { body, setCookie } = await browser.gql(`mutation { ${fields} }`)

        expect(Object.values(body.data ?? {})).toEqual(steps.map((step) => step?.gives))
        const cookies = model.cookie === 'left' || (model.cookie === 'cleared' && !carried) ? [] : [model.cookie]
        expect(setCookie.map((line) => (/^sid=;/.test(line) ? 'cleared' : 'set'))).toEqual(cookies)
        expect(await getSignedInEmail(browser)).toBe(model.signedIn === null ? null : model.emails[model.signedIn])
      },
    ),
    { numRuns: 40, verbose: true, endOnFailure: true },
  )
})
