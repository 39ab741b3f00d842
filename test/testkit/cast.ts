import { type ProxiedService, startBehindProxy } from './behind-proxy.ts'
import type { Browser } from './browser.ts'
import { logIn, signUp } from './people.ts'
import type { ServiceOptions } from './service.ts'

/** Somebody who has signed up, and whose mail has gone out: nothing of theirs is under way. */
export interface Somebody {
  email: string
  id: string
  /** The browser that they signed up in. */
  browser: Browser
  /** Logs them in in one more browser. */
  another(): Promise<Browser>
}

/** A proxied service with as many people as a test asks for, each of them new. */
export interface Cast extends ProxiedService {
  somebody(...roles: ('ADMIN' | 'SUPPORT')[]): Promise<Somebody>
}

export async function startCast(options: Omit<ServiceOptions, 'databaseUri'> = {}): Promise<Cast> {
  const proxied = await startBehindProxy(options)
  const { service, db } = proxied
  const users = db.collection('users')
  let people = 0
  return {
    ...proxied,
    async somebody(...roles) {
      people += 1
      const email = `ada${people}@example.com`
      const browser = service.browser()
      await signUp(browser, email)
      await service.mailTo(email)
      const user = await users.findOneAndUpdate({ emailCanonical: email }, { $set: { roles } })
      if (!user) throw new Error(`Nobody signed up as ${email}.`)
      return {
        ...{ email, browser, id: user._id.toHexString() },
        async another() {
          const who = service.browser()
          await logIn(who, email)
          return who
        },
      }
    },
  }
}
