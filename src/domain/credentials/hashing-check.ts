// The threat: a prebuilt argon2 crashes the process at the first login (0.45.1 does on glibc). Nothing can catch that, so the
// first hash is made in a separate process.
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { SECONDS } from '../../units.ts'

/** RFC 9106's reference implementation made this hash of this password. */
const PASSWORD = 'password'
const KNOWN = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'

/** @throws Error with a message for the operator if passwords cannot be hashed on this machine */
export async function assertHashingWorks(): Promise<void> {
  const module = createRequire(import.meta.url).resolve('argon2')
  const script = `const a = require(${JSON.stringify(module)});
    a.hash('x').then(() => a.verify(${JSON.stringify(KNOWN)}, '${PASSWORD}')).then((ok) => process.exit(ok ? 0 : 1), () => process.exit(1))`
  try {
    await promisify(execFile)(process.execPath, ['-e', script], { timeout: 20 * SECONDS })
  } catch {
    throw new Error(
      'argon2 does not work on this machine. Reinstall its binary (npm rebuild argon2) or install another version.',
    )
  }
}
