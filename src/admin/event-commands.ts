import { parseArgs } from 'node:util'
import { readDuration } from '../config/duration.ts'
import type { EventPlace, KeptEvent } from '../mongo/events.ts'
import { type Command, readWithUsage, type Shell } from './shell.ts'

const PAGE_SIZE = 1_000

function readOptions(args: readonly string[]): { since: Date | null; json: boolean } {
  return readWithUsage('events [--since 7d] [--json]', () => {
    const options = { since: { type: 'string' }, json: { type: 'boolean', default: false } } as const
    const { since, json } = parseArgs({ args: [...args], options }).values
    return { since: since === undefined ? null : new Date(Date.now() - readDuration(since)), json }
  })
}

async function* readEvents({ auth }: Shell, since: Date | null): AsyncGenerator<KeptEvent> {
  let before: EventPlace | null = null
  for (;;) {
    const page: KeptEvent[] = await auth.db.events.findPage({ since }, { before, limit: PAGE_SIZE })
    yield* page
    const last = page.at(-1)
    if (!last || page.length < PAGE_SIZE) return
    before = last
  }
}

const toLine = ({ at, kind, reason, userId, byUserId, byStaff, sessionId }: KeptEvent): string =>
  [at.toISOString(), kind, reason, userId, byUserId ?? (byStaff ? 'staff' : null), sessionId]
    .map((cell) => cell ?? '-')
    .join('\t')

/** The commands on what happened. */
export const eventCommands: Record<string, Command> = {
  events: {
    usage: '[--since 7d] [--json]',
    help: 'lists security events, the newest first; --json gives a document a line',
    async run(shell, args) {
      const { since, json } = readOptions(args)
      for await (const event of readEvents(shell, since)) shell.say(json ? JSON.stringify(event) : toLine(event))
    },
  },
}
