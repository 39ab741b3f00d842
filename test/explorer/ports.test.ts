import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { challengeCases } from './contract/challenges.ts'
import { factorCases } from './contract/factors.ts'
import { type Case, type Cases, type Kind, memoryKind, realKind } from './contract/kit.ts'
import { mailCases } from './contract/mails.ts'
import { sessionCases, storeCases } from './contract/sessions.ts'
import { tokenCases } from './contract/tokens.ts'
import { userCases } from './contract/users.ts'
import type { Ports } from './ports.ts'

/** What the explorer takes for granted of the database; a port without cases does not compile. */
const CASES: { readonly [Port in keyof Ports]: Cases<Ports[Port]> } = {
  users: userCases,
  sessions: sessionCases,
  store: storeCases,
  tokens: tokenCases,
  mails: mailCases,
  factors: factorCases,
  loginChallenges: challengeCases,
}

/** The methods of an object, of its class too. */
function listMethods(port: object): string[] {
  const type = port.constructor
  const names = type === Object ? Object.keys(port) : Object.getOwnPropertyNames(type.prototype)
  return names.filter((name) => name !== 'constructor').toSorted()
}

const table = Object.entries(CASES).flatMap(([port, methods]) =>
  Object.entries<readonly Case[]>(methods).flatMap(([method, cases]) =>
    cases.map(({ name, run }) => ({ name: `${port}.${method} ${name}`, run })),
  ),
)

for (const [where, open] of [
  ['in memory', memoryKind],
  ['in the database', realKind],
] as const) {
  describe(`The ports ${where}`, () => {
    let kind: Kind
    beforeAll(async () => {
      kind = await open()
    })
    beforeEach(() => kind.clear())
    afterAll(() => kind.close())

    for (const { name, run } of table) test(name, () => run(kind.ports))

    test('have no method without a case', () => {
      for (const [port, methods] of Object.entries(CASES)) {
        expect(Object.keys(methods).toSorted()).toEqual(listMethods(Reflect.get(kind.ports, port)))
      }
    })
  })
}
