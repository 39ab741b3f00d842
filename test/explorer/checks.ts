import { factorChecks } from './factor-checks.ts'
import type { Alive, Check, Finished } from './party.ts'
import { sessionChecks } from './session-checks.ts'
import { userChecks } from './user-checks.ts'
import { createCookie } from './wiring.ts'

/** A session that was made and never sent to anybody has a cookie that nobody can guess. */
async function findAlive({ ports, service, memory, parties }: Finished): Promise<Alive> {
  const alive = new Set<string>()
  const sent = parties.map(({ cookie }) => cookie?.set)
  for (const cookie of ['own', 'other', 'chief', ...sent]) {
    if (!cookie || !memory.sessions.has(cookie)) continue
    const auth = service.createAuth(await createCookie(ports, cookie, ''))
    if (await auth.authenticate()) alive.add(cookie)
  }
  return alive
}

const CHECKS: readonly Check[] = [...sessionChecks, ...userChecks, ...factorChecks]

/** What is wrong after a run, or null. */
export async function check(run: Finished): Promise<string | null> {
  const alive = await findAlive(run)
  for (const one of CHECKS) {
    const what = one(run, alive)
    if (what) return what
  }
  return null
}
