import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { type ServiceProcess, spawnService, temporaryDirectory } from './testkit/process.ts'

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

/** The fenced blocks of a language that stand between two texts. */
function blocks(language: string, from: string, to: string): string[] {
  const section = README.slice(README.indexOf(from), README.indexOf(to))
  return [...section.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, tag]) => tag === language)
    .map(([, , text]) => text ?? '')
}

async function bash(script: string, cwd: string): Promise<string> {
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], { cwd })
  return stdout
}

/** The link of the newest mail of a kind, once the service has written it. */
async function tokenOf(service: ServiceProcess, kind: string): Promise<string> {
  const { link } = await service.logged(
    ({ event, file }) => event === 'mail.written' && String(file).includes(`-${kind}-`),
  )
  return String(link).split('#token=')[1] ?? ''
}

describe('the README, followed by a stranger', () => {
  test('its sessions with curl print what stands below them', async () => {
    const jar = temporaryDirectory()
    const service = spawnService()
    const address = await service.listening
    const [, walk = '', account = ''] = blocks('sh', '## Run it', '## Add your own')
    const [printed, accountPrinted] = blocks('json', '## Run it', '## Add your own')
    const here = (script: string) => script.replaceAll('http://localhost:4000', address)
    expect(await bash(here(walk), jar)).toBe(printed)

    const helper = walk.slice(0, walk.indexOf('\n') + 1)
    const upTo = account.lastIndexOf("token='…'")
    const verify = account.slice(0, upTo).replace("token='…'", `token='${await tokenOf(service, 'verifyEmail')}'`)
    const begun = await bash(here(helper + verify), jar)
    const rest = account.slice(upTo).replace("token='…'", `token='${await tokenOf(service, 'resetPassword')}'`)
    expect(begun + (await bash(here(helper + rest), jar))).toBe(accountPrinted)
  })

  test('its scripts are those of the package', () => {
    const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    const named = [...README.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name ?? '')
    expect(named.length).toBeGreaterThan(5)
    for (const name of new Set(named)) expect(scripts).toHaveProperty(name)
  })
})
