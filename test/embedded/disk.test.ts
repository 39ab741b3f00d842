import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { expect, test } from 'vitest'
import { startEmbedded } from '../../src/embedded/start.ts'
import { mountSmallDisk } from './small-disk.ts'
import { findDisagreements } from './verify.ts'

test('on a full disk writes fail, nothing is lost, and writes work again when there is space', async (context) => {
  const disk = mountSmallDisk()
  if (disk === undefined) return context.skip('no small disk can be mounted here')
  const directory = join(disk, 'data')
  const ballast = join(disk, 'ballast')
  writeFileSync(ballast, Buffer.alloc(2 ** 20))
  const server = await startEmbedded({ directory, database: 'test' })
  const client = await MongoClient.connect(server.uri)
  const c = client.db().collection<{ _id: number; text: string }>('c')
  await c.createIndex({ text: 1 })
  const acknowledged: number[] = []
  const full = await (async () => {
    for (let _id = 0; ; _id++) {
      try {
        await c.insertOne({ _id, text: `${_id} ${'x'.repeat(20_000)}` })
        acknowledged.push(_id)
      } catch (error) {
        return error
      }
    }
  })()
  expect(full).toMatchObject({ code: 14031, codeName: 'OutOfDiskSpace' })
  expect(acknowledged.length).toBeGreaterThan(20)
  expect(
    (
      await c
        .find({}, { projection: { _id: 1 } })
        .sort({ _id: 1 })
        .toArray()
    ).map(({ _id }) => _id),
  ).toEqual(acknowledged)
  const together = await Promise.allSettled(
    [1, 2, 3].map((n) => c.insertOne({ _id: 10_000 + n, text: 'y'.repeat(500_000) })),
  )
  expect(together.every(({ status }) => status === 'rejected')).toBe(true)
  rmSync(ballast)
  expect(statfsSync(disk).bavail).toBeGreaterThan(0)
  await c.insertOne({ _id: 20_000, text: 'space again' })
  expect(await c.countDocuments({})).toBe(acknowledged.length + 1)
  await client.close()
  await server.close()
  expect(await findDisagreements(directory)).toEqual([])
})

test('opening a database on a full disk fails with an error that names the cause', async (context) => {
  const disk = mountSmallDisk()
  if (disk === undefined) return context.skip('no small disk can be mounted here')
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(6 * 2 ** 20 - 8192))
  const directory = join(disk, 'data')
  mkdirSync(directory)
  await expect(startEmbedded({ directory, database: 'test' })).rejects.toThrow(/disk of .* is full|cannot be opened/)
})

test('a disk that is mounted read-only is refused with an error that names its path, and stays unchanged', async (context) => {
  const disk = mountSmallDisk()
  if (disk === undefined) return context.skip('no small disk can be mounted here')
  await (await startEmbedded({ directory: disk, database: 'test' })).close()
  execFileSync('mount', ['-o', 'remount,ro', disk])
  const files = readdirSync(disk)
  await expect(startEmbedded({ directory: disk, database: 'test' })).rejects.toThrow(
    `The directory ${disk} cannot be written (EROFS)`,
  )
  expect(readdirSync(disk)).toEqual(files)
})
