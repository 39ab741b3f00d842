import { randomUUID } from 'node:crypto'
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { type Browser, openBrowser } from '../testkit/browser.ts'
import { getSignedInEmail, logIn, logOut, signUp } from '../testkit/client.ts'
import { createTemporaryDirectory, type ServiceProcess, serveProcess } from '../testkit/process.ts'
import { WAIT_MS } from '../testkit/wait.ts'
import { mountSmallDisk } from './small-disk.ts'

const unavailable = { status: 503, code: 'UNAVAILABLE', headers: { 'retry-after': '2' } }
const success = { body: { data: { login: { __typename: 'LoginSuccess' } } } }

/** Expects writes to be UNAVAILABLE and reads to work. */
async function expectReadOnly(service: ServiceProcess, ada: Browser): Promise<void> {
  const another = openBrowser(await service.listening)
  expect(await logIn(another)).toMatchObject(unavailable)
  expect(await signUp(another, { email: 'bob@example.com' })).toMatchObject(unavailable)
  expect(await getSignedInEmail(ada)).toBe('ada@example.com')
}

async function expectRecovered(ada: Browser): Promise<void> {
  expect(await getSignedInEmail(ada)).toBe('ada@example.com')
  expect(await logIn(ada)).toMatchObject(success)
  expect((await logOut(ada)).body.data).toMatchObject({ logout: { ended: true } })
}

test('the service answers UNAVAILABLE while its data directory is missing, and recovers without a restart', async () => {
  const dataDir = join(createTemporaryDirectory(), 'data')
  const { browser: ada, service } = await serveProcess({ dataDir, cwd: dirname(dataDir) })
  await signUp(ada)
  renameSync(dataDir, `${dataDir}-away`)
  await expectReadOnly(service, ada)
  rmSync(dataDir, { recursive: true, force: true }) // In the meantime, mails were written.
  renameSync(`${dataDir}-away`, dataDir)
  await expectRecovered(ada)
})

test('the service answers UNAVAILABLE while its disk is full, and recovers without a restart', async (context) => {
  const disk = mountSmallDisk()
  if (disk === undefined) return context.skip('no small disk can be mounted here')
  const { browser: ada, service } = await serveProcess({ dataDir: join(disk, 'data'), cwd: disk })
  await signUp(ada)
  const ballast = join(disk, 'ballast')
  expect(() => writeFileSync(ballast, Buffer.alloc(8 * 2 ** 20))).toThrow('ENOSPC')
  // The database first uses up the space that it has reserved.
  const url = await service.listening
  const signUpAnother = () => signUp(openBrowser(url), { email: `${randomUUID()}@example.com` })
  await expect.poll(signUpAnother, { interval: 0 }).toMatchObject(unavailable)
  await vi.waitFor(() => expectReadOnly(service, ada), { timeout: WAIT_MS, interval: 0 })
  rmSync(ballast)
  await expectRecovered(ada)
  expect(await service.stop()).toBe(0)
  // A failed write of LMDB would damage the memory of the process.
  expect(service.errors).toBe('')
})

test('the service keeps working when its data directory becomes read-only', async () => {
  const { browser: ada, service } = await serveProcess()
  chmodSync(service.dataDir, 0o500)
  await signUp(ada)
  await expectRecovered(ada)
  chmodSync(service.dataDir, 0o700)
})
