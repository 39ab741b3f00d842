import { afterAll, beforeAll, expect, test } from 'vitest'
import { getSignedInEmail, logIn, logOut, signUp } from '../testkit/client.ts'
import { type Service, startService } from '../testkit/service.ts'

let service: Service
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service.close())

test('a user signs up, is signed in, logs out, is signed out, and logs in', async () => {
  const ada = service.openBrowser()
  const signup = await signUp(ada)
  expect(signup.data).toMatchObject({ __typename: 'SignupSuccess', user: { email: 'ada@example.com' } })
  expect(await getSignedInEmail(ada)).toBe('ada@example.com')
  await logOut(ada)
  expect(await getSignedInEmail(ada)).toBeNull()
  await logIn(ada)
  expect(await getSignedInEmail(ada)).toBe('ada@example.com')
  const mail = await service.waitForMail('ada@example.com')
  expect(mail.token).toHaveLength(43)
})
