import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'
import { createTemporaryDirectory, type ServiceProcess, spawnService } from './testkit/process.ts'

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
/** The curl session continues here. */
const DOMAIN = readFileSync(new URL('../src/domain/README.md', import.meta.url), 'utf8')

const SETTINGS = readFileSync(new URL('../src/config/README.md', import.meta.url), 'utf8')

/** Finds the fenced blocks of a language in a section of a page. */
function findBlocks(page: string, language: string, title: string): string[] {
  const [, section = ''] = page.split(`\n## ${title}\n`)
  return [...(section.split('\n## ')[0] ?? '').matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, tag]) => tag === language)
    .map(([, , text]) => text ?? '')
}

async function runBash(script: string, cwd: string): Promise<string> {
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], { cwd })
  return stdout
}

/** Waits for the first mail of a kind. Returns the token of its link. */
async function readToken(service: ServiceProcess, kind: string): Promise<string> {
  const { link } = await service.waitForLog(
    ({ event, file }) => event === 'mail.written' && String(file).includes(`-${kind}-`),
  )
  return String(link).split('#token=')[1] ?? ''
}

test('the curl sessions in the documentation print what is written below them', async () => {
  const jar = createTemporaryDirectory()
  const service = spawnService()
  const address = await service.listening
  const [, walk = ''] = findBlocks(README, 'sh', 'Run it')
  const [printed] = findBlocks(README, 'json', 'Run it')
  const [account = ''] = findBlocks(DOMAIN, 'sh', 'Try it with curl')
  const [accountPrinted] = findBlocks(DOMAIN, 'json', 'Try it with curl')
  const replaceAddress = (script: string) => script.replaceAll('http://localhost:4000', address)
  expect(await runBash(replaceAddress(walk), jar)).toBe(printed)

  const helper = walk.slice(0, walk.indexOf('\n') + 1)
  const upTo = account.lastIndexOf("token='…'")
  const verify = account.slice(0, upTo).replace("token='…'", `token='${await readToken(service, 'verifyEmail')}'`)
  const start = await runBash(replaceAddress(helper + verify), jar)
  const rest = account.slice(upTo).replace("token='…'", `token='${await readToken(service, 'resetPassword')}'`)
  expect(start + (await runBash(replaceAddress(helper + rest), jar))).toBe(accountPrinted)
})

test('the table of settings lists every setting with its default', () => {
  const rows = [...SETTINGS.matchAll(/^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \| ([^|]+) \|/gm)]
  const texts = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text ?? '')
  const settings = rows.flatMap(([, names, defaults = '']) => {
    const values = /^none|^created|in production$/.test(defaults) ? [] : texts(defaults)
    return texts(names).map((name, index) => ({ name, value: values[index] }))
  })
  expect(settings.length).toBeGreaterThan(20)
  for (const { name, value } of settings.filter(({ name }) => !/_URL$/.test(name))) {
    expect([name, readConfig(value === undefined ? {} : { [name]: value })]).toEqual([name, readConfig({})])
  }
  const emails = readFileSync(new URL('../src/config/settings.ts', import.meta.url), 'utf8')
  const ours = [...emails.matchAll(/^ {2}([A-Z_]+): /gm)].map(([, name]) => name)
  expect(settings.map(({ name }) => name).sort()).toEqual(ours.filter((name) => name !== 'UV_THREADPOOL_SIZE').sort())
})

test('every script that the README names exists', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const named = [...README.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name ?? '')
  expect(named.length).toBeGreaterThan(5)
  for (const name of new Set(named)) expect(scripts).toHaveProperty(name)
})
