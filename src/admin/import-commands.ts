import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { hashPassword } from '../domain/credentials/passwords.ts'
import { buildUser } from '../domain/sign-in/signup.ts'
import { type Command, CommandError, SHELL, type Shell } from './shell.ts'
import { readUsers } from './user-commands.ts'
import { type ImportedUser, LineError, readUserLine, writeUserLine } from './user-line.ts'

/** So many users are written at once. */
const BATCH = 50
const MAX_LINE_LENGTH = 100_000

type Result = 'imported' | 'known' | 'refused'

/** Stores a user whose address nobody has. Returns false if somebody has it. */
async function importUser({ deps, auth }: Shell, imported: ImportedUser, noPassword: string): Promise<boolean> {
  const { createdAt, roles, emailVerified, passwordHash, ...person } = imported
  const id = auth.db.users.createId()
  const user = buildUser(deps, id, { ...person, own: {} }, passwordHash ?? noPassword)
  const isNew = await auth.db.users.insert({ ...user, roles, emailVerified, createdAt: createdAt ?? user.createdAt })
  if (isNew) auth.report({ event: 'user.imported', userId: id, by: SHELL })
  return isNew
}

async function importLine(shell: Shell, text: string, number: number, noPassword: string): Promise<Result> {
  try {
    if (text.length > MAX_LINE_LENGTH) throw new LineError('it is too long')
    const user = readUserLine(text, shell.deps.hasher)
    return (await importUser(shell, user, noPassword)) ? 'imported' : 'known'
  } catch (error) {
    if (!(error instanceof LineError)) throw error
    shell.say(`Line ${number} is refused: ${error.message}.`)
    return 'refused'
  }
}

async function* readBatches(path: string): AsyncGenerator<{ text: string; number: number }[]> {
  const file = await open(path).catch(() => {
    throw new CommandError('The file cannot be read.')
  })
  let batch: { text: string; number: number }[] = []
  let number = 0
  for await (const line of file.readLines()) {
    number += 1
    if (line.trim() !== '') batch.push({ text: line.replace(/^\uFEFF/, ''), number })
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  yield batch
}

/** The commands that bring users and take them along. */
export const importCommands: Record<string, Command> = {
  import: {
    usage: 'FILE',
    help: 'adds the users of a file of JSON lines; who is there already stays as they are',
    async run(shell, [path = '']) {
      const count: Record<Result, number> = { imported: 0, known: 0, refused: 0 }
      // Whoever comes without a hash has to set a password by mail.
      const noPassword = await hashPassword(shell.deps.hasher, randomBytes(32).toString('base64url'))
      for await (const batch of readBatches(path)) {
        const results = await Promise.all(batch.map(({ text, number }) => importLine(shell, text, number, noPassword)))
        for (const result of results) count[result] += 1
      }
      shell.say(`Imported: ${count.imported}. There already: ${count.known}. Refused: ${count.refused}.`)
      if (count.refused > 0) throw new CommandError('Some lines were refused. Correct them, and run it again.')
    },
  },
  'export-users': {
    usage: '',
    help: 'prints every user as `import` reads them, with the hash of the password',
    async run({ auth, say }) {
      for await (const user of readUsers(auth.db)) say(writeUserLine(user))
    },
  },
}
