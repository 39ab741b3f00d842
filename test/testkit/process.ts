import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { type Browser, openBrowser } from './browser.ts'
import { createLogReader, type LogLine, WITHOUT_LIMITS } from './service.ts'

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

export interface ProcessOptions {
  /** The whole environment of the process; DATA_DIR and PORT=0 are added. */
  settings?: Record<string, string>
  /** Kept when the process ends; one of the test's own by default. */
  dataDir?: string
  /** Where it starts, and looks for `.env`. */
  cwd?: string
  /** A module that runs in the process before the service does. */
  preload?: string
  /** Another build than that of this checkout. */
  main?: string
  /** The user id, for a test that runs as root, who may write anywhere. */
  uid?: number
}

/** The built service as a process of its own. */
export interface ServiceProcess {
  readonly pid: number
  readonly dataDir: string
  readonly log: readonly LogLine[]
  /** The address, once it listens; rejects with what it said if it ends before. */
  readonly listening: Promise<string>
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
  /** Its standard error so far. */
  readonly errors: string
  waitForLog(matches: (line: LogLine) => boolean): Promise<LogLine>
  kill(signal: NodeJS.Signals): void
  /** Stops it as an operator does, and returns its exit code. */
  stop(): Promise<number | NodeJS.Signals>
}

/** Registers what to end with a test, or with a file. */
export type OnEnd = (end: () => void | Promise<void>) => void

/** Creates a directory that is removed with the test. */
export function createTemporaryDirectory(onEnd: OnEnd = onTestFinished): string {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-process-'))
  onEnd(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

function waitForExit(child: ChildProcess): Promise<number | NodeJS.Signals> {
  return once(child, 'close').then(([code, signal]) => code ?? signal)
}

/** Starts `node dist/main.js` with an environment that is empty but for the settings; it ends with the test at the latest. */
export function spawnService(
  { settings = {}, dataDir, cwd, preload, main = MAIN, uid }: ProcessOptions = {},
  onEnd: OnEnd = onTestFinished,
): ServiceProcess {
  const directory = dataDir ?? createTemporaryDirectory(onEnd)
  const child = spawn(process.execPath, [...(preload ? ['--import', preload] : []), main], {
    env: { ...WITHOUT_LIMITS, DATA_DIR: directory, PORT: '0', ...settings },
    cwd: cwd ?? directory,
    ...(uid === undefined ? {} : { uid }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  const reader = createLogReader()
  createInterface(child.stdout).on('line', (line) => reader.write(line))
  const ended = waitForExit(child)
  const listening = Promise.race([
    reader.waitForLog(({ event }) => event === 'process.listening').then(({ address }) => String(address)),
    ended.then((code) => Promise.reject(new Error(`The service ended (${code}): ${errors}`))),
  ])
  listening.catch(() => {})
  onEnd(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return {
    ...{ pid: child.pid ?? 0, dataDir: directory, log: reader.lines, listening, ended, waitForLog: reader.waitForLog },
    get errors() {
      return errors
    },
    kill: (signal) => void child.kill(signal),
    stop() {
      child.kill('SIGTERM')
      return ended
    },
  }
}

/** Starts the service and returns it with a browser, once its database is ready. */
export async function serveProcess(
  options: ProcessOptions = {},
  onEnd: OnEnd = onTestFinished,
): Promise<{ service: ServiceProcess; browser: Browser }> {
  const service = spawnService(options, onEnd)
  const url = await service.listening
  await service.waitForLog(({ event }) => event === 'database.ready')
  return { service, browser: openBrowser(url) }
}

/** Provides one process for all tests of a file that only look at it. */
export function provideProcess(prepare: (onEnd: OnEnd) => ProcessOptions = () => ({})): () => ServiceProcess {
  const ends: (() => void | Promise<void>)[] = []
  const onEnd: OnEnd = (end) => void ends.unshift(end)
  let service: ServiceProcess | undefined
  beforeAll(async () => {
    service = (await serveProcess(prepare(onEnd), onEnd)).service
  })
  afterAll(async () => {
    for (const end of ends) await end()
  })
  return () => {
    if (!service) throw new Error('It is there once the tests run.')
    return service
  }
}
