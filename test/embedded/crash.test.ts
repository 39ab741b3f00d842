import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { expect, onTestFinished, test } from 'vitest'
import { type ServiceProcess, spawnService } from '../testkit/process.ts'

/** Starts a service whose database thread throws at SIGWINCH and is terminated at SIGURG. */
async function startService(): Promise<{ service: ServiceProcess; client: MongoClient }> {
  const preload = `data:text/javascript,${encodeURIComponent(`
    import { isMainThread } from 'node:worker_threads'
    const crash = new BroadcastChannel('crash')
    if (!isMainThread) crash.onmessage = () => { throw new Error('thrown in the thread') }
    else {
      crash.unref()
      process.once('worker', (worker) => process.on('SIGURG', () => worker.terminate()))
      process.on('SIGWINCH', () => crash.postMessage('now'))
    }`)}`
  const service = spawnService({ preload })
  await service.listening
  const uri = readFileSync(join(service.dataDir, 'mongodb.uri'), 'utf8').trim()
  const client = await MongoClient.connect(uri, { serverSelectionTimeoutMS: 500, retryWrites: false })
  onTestFinished(() => client.close())
  return { service, client }
}

async function expectFailure(service: ServiceProcess, reason: RegExp): Promise<number | NodeJS.Signals> {
  const code = await service.ended
  expect(service.log.filter(({ event }) => event === 'database.failed')).toEqual([
    expect.objectContaining({ level: 'fatal', error: expect.stringMatching(reason) }),
  ])
  return code
}

test('an uncaught error in the database thread is logged and ends the service with exit code 1', async () => {
  const { service: dying } = await startService()
  dying.kill('SIGWINCH')
  expect(await expectFailure(dying, /^thrown in the thread$/)).toBe(1)
})

// At its end Node waits for a thread that is in a deadlock, so the process may have to kill itself.
test('a database thread that dies during a write is logged and ends the service, and acknowledged writes survive', async () => {
  const { service: dying, client } = await startService()
  const c = client.db().collection<{ n: number; list: number[] }>('c')
  await c.createIndex({ list: 1 })
  const acknowledged: number[] = []
  const writing = (async () => {
    for (let n = 0; ; n++) {
      await c.insertMany(
        Array.from({ length: 200 }, (_, part) => ({ n, list: Array.from({ length: 100 }, (_, i) => part * 100 + i) })),
      )
      acknowledged.push(n)
      if (n === 1) dying.kill('SIGURG')
    }
  })()
  await expect(writing).rejects.toThrow()
  expect([1, 'SIGKILL']).toContain(await expectFailure(dying, /ended by itself/))

  const again = spawnService({ dataDir: dying.dataDir })
  await again.listening
  const uri = readFileSync(join(dying.dataDir, 'mongodb.uri'), 'utf8').trim()
  const reader = await MongoClient.connect(uri)
  onTestFinished(() => reader.close())
  for (const n of acknowledged) expect(await reader.db().collection('c').countDocuments({ n })).toBe(200)
})
