// Which signals end the service, how it hears of them, and what it says on its standard error.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { signUp } from '../testkit/client.ts'
import { createTemporaryDirectory, serveProcess } from '../testkit/process.ts'
import { createLogReader } from '../testkit/service.ts'
import { waitUntil } from '../testkit/wait.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Runs a command of the package in a process group of its own, which ends with the test. */
function runScript(args: string[]): { child: ChildProcess; log: ReturnType<typeof createLogReader> } {
  const child = spawn('npm', args, {
    cwd: ROOT,
    detached: true,
    env: { ...process.env, NODE_ENV: 'development', DATA_DIR: createTemporaryDirectory(), PORT: '0', MONGODB_URI: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const log = createLogReader()
  if (child.stdout) createInterface(child.stdout).on('line', (line) => line.startsWith('{') && log.write(line))
  onTestFinished(() => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL')
    } catch {
      // Nothing of it is left, which is what the test wants.
    }
  })
  return { child, log }
}

test.each(['SIGTERM', 'SIGINT'] as const)('%s to npm start stops the service, and npm waits for it', async (signal) => {
  const { child, log } = runScript(['start', '--ignore-scripts'])
  await log.waitForLog(({ event }) => event === 'process.listening')
  child.kill(signal)
  await once(child, 'close')
  expect(log.lines.at(-1)).toMatchObject({ event: 'process.stopped' })
  expect(isAlive(-(child.pid ?? 0))).toBe(false)
})

test.each(['SIGHUP', 'SIGUSR2'] as const)('%s does not stop a service without a terminal', async (signal) => {
  const { service, browser } = await serveProcess()
  service.kill(signal)
  service.kill(signal)
  await signUp(browser)
  expect((await browser.get('/readyz')).status).toBe(200)
  expect(service.log.some(({ event }) => event === 'process.stopping')).toBe(false)
  expect(await service.stop()).toBe(0)
})

test('SIGUSR1 does not stop the service', async () => {
  const { service, browser } = await serveProcess()
  service.kill('SIGUSR1')
  await waitUntil(() => expect(service.errors).toContain('Debugger'))
  expect((await browser.get('/readyz')).status).toBe(200)
})

test('what Node warns of is a line of the log, and standard error stays empty', async () => {
  const script = "process.on('SIGWINCH', () => process.emitWarning('somebody forgot something', 'SomeWarning'))"
  const { service, browser } = await serveProcess({ preload: `data:text/javascript,${encodeURIComponent(script)}` })
  await signUp(browser)
  service.kill('SIGWINCH')
  const line = await service.waitForLog(({ event }) => event === 'process.warning')
  expect(line).toMatchObject({ level: 'warn', warning: 'SomeWarning', msg: 'somebody forgot something' })
  expect(service.errors).toBe('')
})

test('many queries at once give no warning', async () => {
  const { service, browser } = await serveProcess()
  await signUp(browser)
  const ask = () => browser.gql('{ me { email } session { id } sessions { id } publishedNotes { id } }')
  const answers = await Promise.all(Array.from({ length: 30 }, ask))
  expect(answers.filter(({ code }) => code !== undefined)).toEqual([])
  expect(await service.stop()).toBe(0)
  expect(service.errors).toBe('')
  expect(service.log.filter(({ event }) => event === 'process.warning')).toEqual([])
})
