import { parseArgs } from 'node:util'
import { checkDatabase } from './checks/database.ts'
import { type Finding, hasFailed, writeFindings } from './checks/finding.ts'
import { checkHashing } from './checks/hashing.ts'
import { checkMail } from './checks/mail.ts'
import { checkOrigin } from './checks/origin.ts'
import { withTemporaryUser } from './checks/temporary-user.ts'
import { type CheckInit, type Command, CommandError, readWithUsage, type Shell } from './shell.ts'

interface CheckOptions {
  origin: string | null
  isJson: boolean
}

function readOptions(args: readonly string[]): CheckOptions {
  return readWithUsage('check [--origin https://app.example.com] [--json]', () => {
    const options = { origin: { type: 'string' }, json: { type: 'boolean', default: false } } as const
    const { origin = null, json } = parseArgs({ args: [...args], options }).values
    if (origin !== null && new URL(origin).origin !== origin) throw new Error()
    return { origin, isJson: json }
  })
}

function checkSettings({ findWarnings }: CheckInit): Finding[] {
  const check = 'settings'
  try {
    const warnings = findWarnings()
    if (warnings.length === 0) return [{ check, status: 'ok', detail: 'they fit each other' }]
    return warnings.map((detail) => ({ check, status: 'warning', detail }))
  } catch (error) {
    return [{ check, status: 'failed', detail: (error as Error).message }]
  }
}

async function checkService({ deps }: Shell, init: CheckInit): Promise<Finding[]> {
  return [
    ...checkSettings(init),
    ...(await checkDatabase(init.database)),
    await checkMail(init.smtp),
    await checkHashing(deps.hasher, init.threads),
  ]
}

async function checkPage(shell: Shell, origin: string): Promise<Finding[]> {
  const { database, publicUrl } = shell.checks
  const findings = await checkDatabase(database)
  if (hasFailed(findings)) return findings
  return withTemporaryUser(shell, (user) => checkOrigin(origin, publicUrl, user))
}

/** The command that looks for what is wrong with a service. */
export const checkCommands: Record<string, Command> = {
  check: {
    usage: '[--origin ORIGIN] [--json]',
    help: 'checks settings, database, mail server and hashing, or why a page of ORIGIN is not signed in',
    isCheck: true,
    async run(shell, args) {
      const { origin, isJson } = readOptions(args)
      const findings = origin === null ? await checkService(shell, shell.checks) : await checkPage(shell, origin)
      shell.say(writeFindings(findings, isJson))
      if (hasFailed(findings)) throw new CommandError('Something has to be put right.')
    },
  },
}
