// The image as Podman builds it for a user without rights, and as it runs where it may do nothing but its work.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Browser, openBrowser } from '../testkit/browser.ts'
import { logIn, signUp } from '../testkit/client.ts'
import { ROOT } from '../testkit/clone.ts'
import { findFreePort } from '../testkit/free-port.ts'
import { WITHOUT_LIMITS } from '../testkit/service.ts'
import { PRODUCTION } from '../testkit/settings.ts'
import { waitUntil } from '../testkit/wait.ts'
import { makeBaseImage } from './base-image.ts'
import { canBuildImages, Podman } from './podman.ts'
import { readBase } from './recipe.ts'

const IMAGE = 'gatehouse'
const BUILD_MS = 900_000
/** Once is enough: the image has its own database, or one that is away. */
const isWanted = !process.env.MONGODB_URI && canBuildImages()

/** Copies the checkout as git knows it, for a user who may not look into it. */
function copyCheckout(directory: string): string {
  const checkout = join(directory, 'checkout')
  mkdirSync(checkout)
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT })
  const archive = execFileSync('tar', ['--create', '--null', '--files-from=-'], {
    cwd: ROOT,
    input: files,
    maxBuffer: 1e9,
  })
  execFileSync('tar', ['--extract', '--no-same-owner'], { cwd: checkout, input: archive })
  execFileSync('chmod', ['--recursive', 'a+rX', checkout])
  return checkout
}

/** Makes the base and asks the registry from a container of it. What fails here is the machine's: not all let containers run. */
async function prepare(podman: Podman, directory: string): Promise<boolean> {
  const base = readBase()
  try {
    await makeBaseImage(podman, base, directory)
    await podman.runOnce(base.name, 'npm', 'ping', '--cache', '/tmp/npm')
    return true
  } catch (error) {
    console.warn(`Skipped, as no container can run here: ${error}`)
    return false
  }
}

describe.skipIf(!isWanted)('the image that Podman builds', () => {
  let directory = ''
  let podman: Podman
  let isPrepared = false

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'gatehouse-image-'))
    chmodSync(directory, 0o755)
    podman = new Podman(join(directory, 'podman'))
    isPrepared = await prepare(podman, join(directory, 'base'))
    if (isPrepared) await podman.build(copyCheckout(directory), IMAGE)
  }, BUILD_MS)

  beforeEach(({ skip }) => skip(!isPrepared))

  afterAll(async () => {
    if (isPrepared) await podman.close()
    rmSync(directory, { recursive: true, force: true })
  }, BUILD_MS)

  /** Starts it on a volume, and returns it with a browser. */
  async function start(volume: string, settings: Record<string, string>): Promise<{ id: string; browser: Browser }> {
    const port = String(await findFreePort())
    const id = await podman.start(IMAGE, volume, { ...WITHOUT_LIMITS, ...settings, PORT: port })
    const browser = openBrowser(`http://localhost:${port}`)
    await waitUntil(async () => expect((await browser.get('/healthz')).status).toBe(200))
    return { id, browser }
  }

  test('serves as another user without a right, is healthy, and ends at SIGTERM', async () => {
    const { id, browser } = await start('served', { NODE_ENV: 'development' })
    await waitUntil(async () => expect(await podman.isHealthy(id)).toBe(true))
    expect((await signUp(browser)).kind).toBe('SignupSuccess')
    expect((await logIn(browser)).kind).toBe('LoginSuccess')
    expect((await browser.get('/login')).status).toBe(200)
    expect(await podman.run('exec', id, 'id', '--user', '--name')).toBe('node')
    const status = await podman.run('exec', id, 'cat', '/proc/1/status')
    expect(status).toMatch(/^CapEff:\t0+$/m)
    expect(status).toMatch(/^CapBnd:\t0+$/m)
    expect(status).toMatch(/^NoNewPrivs:\t1$/m)
    expect(await podman.stop(id)).toBe(0)
  })

  test('keeps its users on the volume, and writes nowhere else', async () => {
    const first = await start('kept', { NODE_ENV: 'development' })
    await waitUntil(async () => expect((await signUp(first.browser)).kind).toBe('SignupSuccess'))
    await expect(podman.run('exec', first.id, 'touch', '/service/written')).rejects.toThrow('Read-only')
    // What a container's own start adds is /etc alone.
    expect((await podman.run('diff', first.id)).split('\n')).toEqual(['C /etc'])
    expect(await podman.run('exec', first.id, 'ls', '/tmp')).toBe('')
    await podman.stop(first.id)
    const second = await start('kept', { NODE_ENV: 'development' })
    await waitUntil(async () => expect((await logIn(second.browser)).kind).toBe('LoginSuccess'))
    await podman.stop(second.id)
  })

  test('serves without its database, is not healthy, and writes nothing', async () => {
    const away = { ...PRODUCTION, MONGODB_URI: 'mongodb://127.0.0.1:9/gatehouse' }
    const { id } = await start('away', away)
    expect(await podman.isHealthy(id)).toBe(false)
    expect(await podman.run('exec', id, 'ls', '-A', '/data')).toBe('')
    expect(await podman.stop(id)).toBe(0)
  })

  test('has what the service needs, and neither sources, tests nor what only its development needs', async () => {
    const list = async (path: string) => (await podman.runOnce(IMAGE, 'ls', path)).split('\n')
    expect(await list('/service')).toEqual(['dist', 'node_modules', 'package.json', 'schema'])
    const packages = await list('/service/node_modules')
    expect(packages).toContain('express')
    for (const name of ['vitest', 'vite', 'react', 'playwright-core']) expect(packages).not.toContain(name)
  })
})
