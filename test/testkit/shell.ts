import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const ADMIN = fileURLToPath(new URL('../../dist/admin.js', import.meta.url))

/** Output of a shell command, and its exit code. */
export interface CommandResult {
  code: number | null
  out: string
  err: string
}

/** Runs `node dist/admin.js` with an environment that is empty but for the settings, as `npm run admin` does; `isRead: false` closes its output at once. */
export async function runAdmin(
  settings: Record<string, string>,
  words: string[],
  { isRead = true }: { isRead?: boolean } = {},
): Promise<CommandResult> {
  const child = spawn(process.execPath, [ADMIN, ...words], {
    env: settings,
    cwd: settings.DATA_DIR,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (!isRead) child.stdout.destroy()
  const [out, err, [code]] = await Promise.all([
    isRead ? text(child.stdout) : '',
    text(child.stderr),
    once(child, 'close'),
  ])
  return { code, out, err }
}
