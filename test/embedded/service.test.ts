import { randomUUID } from 'node:crypto'
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { type Browser, openBrowser } from '../testkit/browser.ts'
import { getSignedInEmail, logIn, logOut, signUp } from '../testkit/client.ts'
import { createTemporaryDirectory, type ServiceProcess, serveProcess } from '../testkit/process.ts'
import { WAIT_MS } from '../testkit/wait.ts'
import { smallDisk } from './small-disk.ts'

const unavailable = { status: 503, code: 'UNAVAILABLE', headers: { 'retry-after': '2' } }
const success = { body: { data: { login: { __typename: 'LoginSuccess' } } } }

/** What cannot be written is UNAVAILABLE, and what can be read is read. */
async function canOnlyRead(service: ServiceProcess, ada: Browser): Promise<void> {
  const another = openBrowser(await service.listening)
  expect(await logIn(another)).toMatchObject(unavailable)
  expect(await signUp(another, { email: 'bob@example.com' })).toMatchObject(unavailable)
  expect(await getSignedInEmail(ada)).toBe('ada@example.com')
}

async function worksAgain(ada: Browser): Promise<void> {
  expect(await getSignedInEmail(ada)).toBe('ada@example.com')
  expect(await logIn(ada)).toMatchObject(success)
  expect((await logOut(ada)).body.data).toMatchObject({ logout: { ended: true } })
}

test('a directory that is taken away makes the service UNAVAILABLE, and brought back it works, without a restart', async () => {
  const dataDir = join(createTemporaryDirectory(), 'data')
  const { browser: ada, service } = await serveProcess({ dataDir, cwd: dirname(dataDir) })
  await signUp(ada)
  renameSync(dataDir, `${dataDir}-away`)
  await canOnlyRead(service, ada)
  rmSync(dataDir, { recursive: true, force: true }) // Mails were written meanwhile.
  renameSync(`${dataDir}-away`, dataDir)
  await worksAgain(ada)
})

test('a full disk makes the service UNAVAILABLE, and with room it works, without a restart', async (context) => {
  const disk = smallDisk()
  if (disk === undefined) return context.skip('no small disk can be mounted here')
  const { browser: ada, service } = await serveProcess({ dataDir: join(disk, 'data'), cwd: disk })
  await signUp(ada)
  const ballast = join(disk, 'ballast')
  expect(() => writeFileSync(ballast, Buffer.alloc(8 * 2 ** 20))).toThrow('ENOSPC')
  // The room that was taken before is used up first.
  const url = await service.listening
  const signUpAnother = () => signUp(openBrowser(url), { email: `${randomUUID()}@example.com` })
  await expect.poll(signUpAnother, { interval: 0 }).toMatchObject(unavailable)
  await vi.waitFor(() => canOnlyRead(service, ada), { timeout: WAIT_MS, interval: 0 })
  rmSync(ballast)
  await worksAgain(ada)
  expect(await service.stop()).toBe(0)
  // A write of LMDB that fails damages the memory of the process.
  expect(service.errors).toBe('')
})

test('a directory whose rights are taken away while it is served goes on working', async () => {
  const { browser: ada, service } = await serveProcess()
  chmodSync(service.dataDir, 0o500)
  await signUp(ada)
  await worksAgain(ada)
  chmodSync(service.dataDir, 0o700)
})
