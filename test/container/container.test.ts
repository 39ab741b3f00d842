// The image, without a container tool: what its last stage copies, run as its instructions say, by another user, read-only.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { SETTINGS } from '../../src/config/settings.ts'
import { openBrowser } from '../testkit/browser.ts'
import { logIn, signUp } from '../testkit/client.ts'
import { ROOT } from '../testkit/clone.ts'
import { findFreePort } from '../testkit/free-port.ts'
import { createTemporaryDirectory } from '../testkit/process.ts'
import { createLogReader, WITHOUT_LIMITS } from '../testkit/service.ts'
import { PRODUCTION } from '../testkit/settings.ts'
import { waitUntil } from '../testkit/wait.ts'
import { listInstructions, readCommand, readEnvironment, readStages } from './recipe.ts'

const NODE_USER = 1000
const canBeAnother = process.getuid?.() === 0 && spawnSync('unshare', ['--pid', '--fork', 'true']).status === 0
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0
const isSetting = (name: string) => name in SETTINGS

/** Makes the files of the image, as its last stage copies them, where nobody can write. */
function makeImage(): { service: string; data: string } {
  const root = createTemporaryDirectory()
  const [service, data] = [join(root, 'service'), join(root, 'data')]
  mkdirSync(service)
  mkdirSync(data)
  chownSync(data, NODE_USER, NODE_USER)
  chmodSync(root, 0o755)
  for (const text of listInstructions('COPY')) {
    const [, from = '', to = ''] = /^--from=build \/build\/(\S+) (\S+)$/.exec(text) ?? []
    const target = to.endsWith('/') ? join(service, to, from) : join(service, to)
    if (from === 'node_modules') symlinkSync(join(ROOT, from), target)
    else cpSync(join(ROOT, from), target, { recursive: true })
  }
  return { service, data }
}

/** Runs the image's command as the first process of a namespace of its own. */
function runImage(settings: Record<string, string>) {
  const { service, data } = makeImage()
  const env = { ...readEnvironment(), ...WITHOUT_LIMITS, PATH: process.env.PATH ?? '', ...settings, DATA_DIR: data }
  const user = ['setpriv', `--reuid=${NODE_USER}`, `--regid=${NODE_USER}`, '--clear-groups', '--no-new-privs']
  const command = readCommand(listInstructions('CMD').join(''))
  const child = spawn('unshare', ['--pid', '--fork', ...user, ...command], {
    ...{ env, cwd: service },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const reader = createLogReader()
  createInterface(child.stdout).on('line', (line) => reader.write(line))
  let hasEnded = false
  const ended: Promise<number> = once(child, 'close').then(([code]) => {
    hasEnded = true
    return code
  })
  const findPid = () => Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim())
  onTestFinished(async () => {
    // The command, since nobody else ends it once it has changed its user.
    if (!hasEnded) process.kill(findPid(), 'SIGKILL')
    await ended
  })
  return {
    ...{ service, data, reader, env, ended },
    /** Finds the process that the command is, as the machine counts it. */
    findPid,
  }
}

const checkHealth = (env: Record<string, string>): number | null => {
  const [command = '', ...args] = readCommand(listInstructions('HEALTHCHECK').join(''))
  return spawnSync(command, args, { env }).status
}

const listNewer = (directory: string, than: Date): string[] =>
  execFileSync('find', [directory, '-newermt', than.toISOString()], { encoding: 'utf8' }).split('\n').filter(Boolean)

test.skipIf(!canBeAnother)(
  'the image serves as another user, is healthy, writes to its volume only, and ends at SIGTERM',
  async () => {
    const port = String(await findFreePort())
    const { service, data, reader, ended, findPid, env } = runImage({ NODE_ENV: 'development', PORT: port })
    const { address } = await reader.waitForLog(({ event }) => event === 'process.listening')
    await reader.waitForLog(({ event }) => event === 'database.ready')
    const started = new Date()
    expect(checkHealth(env)).toBe(0)
    const browser = openBrowser(String(address))
    expect((await signUp(browser)).kind).toBe('SignupSuccess')
    expect((await logIn(browser)).kind).toBe('LoginSuccess')
    expect((await browser.get('/login')).status).toBe(200)
    expect(listNewer(service, started)).toEqual([])
    expect(readdirSync(data)).not.toEqual([])
    process.kill(findPid(), 'SIGTERM')
    expect(await ended).toBe(0)
    expect(checkHealth(env)).toBe(1)
  },
)

test.skipIf(!canBeAnother)('with a database that is away, the image serves and is not healthy', async () => {
  const port = String(await findFreePort())
  const settings = { ...PRODUCTION, MONGODB_URI: 'mongodb://127.0.0.1:9/gatehouse', PORT: port }
  const { reader, env, data } = runImage(settings)
  await reader.waitForLog(({ event }) => event === 'process.listening')
  await waitUntil(() => expect(checkHealth(env)).toBe(1))
  expect(readdirSync(data)).toEqual([])
})

test('the image copies what is there, runs as no administrator, and names settings that exist', () => {
  expect(readStages()).toHaveLength(2)
  for (const text of listInstructions('COPY')) expect(text).toMatch(/^--from=build \/build\/\S+ \.\/\S*$/)
  expect(listInstructions('USER')).toEqual(['node'])
  expect(listInstructions('VOLUME')).toEqual([readEnvironment().DATA_DIR])
  expect(Object.keys(readEnvironment()).filter((name) => name !== 'NODE_ENV' && !isSetting(name))).toEqual([])
  const [build = []] = readStages()
  const copied = build.filter(({ name }) => name === 'COPY').flatMap(({ text }) => text.split(' ').slice(0, -1))
  expect(copied.filter((name) => !existsSync(join(ROOT, name)))).toEqual([])
})

test('the composition is closed to the network, and names settings that exist', () => {
  const { services } = parse(readFileSync(join(ROOT, '.docker/compose.yaml'), 'utf8'))
  expect(services.service).toMatchObject({ read_only: true, cap_drop: ['ALL'] })
  expect(Object.keys(services.service.environment).filter((name) => !isSetting(name))).toEqual([])
  expect(services.service.environment.SESSION_SECRET).toMatch(/^\$\{SESSION_SECRET:\?/)
  const ports = Object.values<{ ports?: string[] }>(services).flatMap((one) => one.ports ?? [])
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/)
  for (const name of Object.keys(services.service.depends_on)) expect(services).toHaveProperty(name)
})

test('the unit runs what the image runs', () => {
  const unit = readFileSync(join(ROOT, '.docker/gatehouse.service'), 'utf8')
  expect(unit).toContain(`ExecStart=/usr/bin/${readCommand(listInstructions('CMD').join('')).join(' ')}\n`)
})

test.skipIf(!hasSystemd)('systemd knows every line of the unit, and finds little that it may do', () => {
  const unit = join(createTemporaryDirectory(), 'gatehouse.service')
  cpSync(join(ROOT, '.docker/gatehouse.service'), unit)
  const { stdout, stderr } = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=20', unit], {
    encoding: 'utf8',
  })
  expect(stderr).not.toMatch(/Unknown|Failed to parse|ignoring/i)
  expect(stdout).toMatch(/exposure level for gatehouse\.service: [01]\.\d/)
})
