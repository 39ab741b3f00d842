import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findFreePort } from '../testkit/free-port.ts'

const ROOT = join(import.meta.dirname, '../..')
const COMPILED = join(ROOT, 'node_modules/.cache/gatehouse-bench')
/** argon2, connect-mongo and mongodb are those of Gatehouse. */
const MERCURIUS_PACKAGE = {
  type: 'module',
  private: true,
  dependencies: {
    '@fastify/cookie': '11.1.5',
    '@fastify/session': '11.1.3',
    fastify: '5.12.8',
    graphql: '16.15.0',
    mercurius: '16.10.1',
  },
}
const CLOCK_TICKS = 100
const READY_WITHIN = 20_000

const run = promisify(execFile)

/** A server in a process of its own. */
export interface Server {
  port: number
  pid: number
  /** From spawn until /readyz answered 200, in milliseconds. */
  readyAfter: number
  stop(): Promise<void>
}

/** What a process has used: CPU time in milliseconds, and resident memory in MB. NaN where there is no /proc. */
export interface Usage {
  cpu: number
  rss: number
}

/** Production's settings, so that neither side carries the conveniences of development. */
export function productionSettings(uri: string, folder: string): Record<string, string> {
  return {
    NODE_ENV: 'production',
    MONGODB_URI: uri,
    DATA_DIR: folder,
    SESSION_SECRET: randomBytes(32).toString('hex'),
    SMTP_URL: 'smtp://127.0.0.1:9',
    MAIL_FROM: 'bench@gatehouse.example',
  }
}

/** Starts Gatehouse as it was built, on the database of `env.MONGODB_URI`, or else an embedded one in `env.DATA_DIR`. */
export function startGatehouse(env: Record<string, string>): Promise<Server> {
  const file = join(ROOT, 'dist/main.js')
  if (!existsSync(file)) throw new Error('Gatehouse is not built: npm run build')
  return start('Gatehouse', file, { HOST: '127.0.0.1', LOG_LEVEL: 'warn', ...env })
}

/** Starts the plain stack, compiled as Gatehouse is, so that neither carries a compiler with it. */
export async function startStock(env: Record<string, string>): Promise<Server> {
  await compileStock()
  return start('The plain stack', join(COMPILED, 'stock.js'), env)
}

/** Starts mercurius, whose packages are installed once, apart from Gatehouse's own. */
export async function startMercurius(env: Record<string, string>): Promise<Server> {
  await compileStock()
  const folder = join(COMPILED, 'mercurius')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), JSON.stringify(MERCURIUS_PACKAGE))
  await copyFile(join(COMPILED, 'stock-schema.js'), join(folder, 'stock-schema.js'))
  await copyFile(join(import.meta.dirname, 'mercurius.mjs'), join(folder, 'mercurius.mjs'))
  if (!existsSync(join(folder, 'node_modules'))) {
    await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder })
  }
  return start('mercurius', join(folder, 'mercurius.mjs'), env)
}

/** Reads what a process has used so far. */
export async function readUsage(pid: number): Promise<Usage> {
  try {
    const [stat, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
    ])
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = Number(fields[11]) + Number(fields[12])
    const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1])
    return { cpu: (ticks * 1_000) / CLOCK_TICKS, rss: kilobytes / 1_024 }
  } catch {
    return { cpu: Number.NaN, rss: Number.NaN }
  }
}

async function start(name: string, file: string, env: Record<string, string>): Promise<Server> {
  const port = await findFreePort()
  const inherited = { PATH: process.env.PATH, HOME: process.env.HOME }
  const before = performance.now()
  const child = spawn(process.execPath, [file], {
    cwd: ROOT,
    env: { ...inherited, ...env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let complaints = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaints = (complaints + chunk).slice(-4_000)
  })
  try {
    await ready(port, child)
  } catch (error) {
    child.kill('SIGKILL')
    throw new Error(`${name} did not get ready.\n${complaints}`, { cause: error })
  }
  const readyAfter = performance.now() - before
  return { port, pid: child.pid ?? 0, readyAfter, stop: () => stop(child) }
}

async function ready(port: number, child: ChildProcess): Promise<void> {
  const end = Date.now() + READY_WITHIN
  while (Date.now() < end) {
    if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}.`)
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.status === 200) return
    await new Promise((done) => setTimeout(done, 10))
  }
  throw new Error('No 200 at /readyz.')
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const impatience = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await gone
  clearTimeout(impatience)
}

async function compileStock(): Promise<void> {
  await mkdir(COMPILED, { recursive: true })
  await writeFile(join(COMPILED, 'package.json'), '{ "type": "module" }\n')
  const project = join(import.meta.dirname, 'tsconfig.stock.json')
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  await run(process.execPath, [tsc, '-p', project, '--outDir', COMPILED])
}
