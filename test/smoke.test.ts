import { afterAll, beforeAll, expect, test } from 'vitest'
import { logIn, logOut, signUp, whoIs } from './testkit/people.ts'
import { type Service, startService } from './testkit/service.ts'

let service: Service
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service.close())

test('sign up, be known, log out, be nobody, log in', async () => {
  const ada = service.browser()
  const signup = await signUp(ada)
  expect(signup.body.data?.signup).toMatchObject({ __typename: 'SignupSuccess', user: { email: 'ada@example.com' } })
  expect(await whoIs(ada)).toBe('ada@example.com')
  await logOut(ada)
  expect(await whoIs(ada)).toBeNull()
  await logIn(ada)
  expect(await whoIs(ada)).toBe('ada@example.com')
  const mail = await service.mailTo('ada@example.com')
  expect(mail.token).toHaveLength(43)
})
