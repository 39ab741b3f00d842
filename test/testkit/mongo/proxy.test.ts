import { MongoClient, MongoNetworkError, MongoServerError } from 'mongodb'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { type MongoProxy, startProxy } from './proxy.ts'

interface Note {
  _id: number
  text: string
}

const database = `proxy_${process.pid}_${Date.now()}`
const straight = new MongoClient(inject('mongodbUri'))
let proxy: MongoProxy
let client: MongoClient

beforeAll(async () => {
  proxy = await startProxy(inject('mongodbUri'))
  client = new MongoClient(proxy.uri, { retryWrites: false, retryReads: false, serverSelectionTimeoutMS: 2_000 })
})
beforeEach(async () => {
  await truth().deleteMany({})
  await notes().countDocuments()
  proxy.clear()
})
afterEach(() => proxy.restore())
afterAll(async () => {
  await straight.db(database).dropDatabase()
  await client.close()
  await straight.close()
  await proxy.close()
})

const notes = () => client.db(database).collection<Note>('notes')
const truth = () => straight.db(database).collection<Note>('notes')

test('passes commands on and remembers them in order', async () => {
  await notes().insertOne({ _id: 1, text: 'one' })
  await notes().updateOne({ _id: 1 }, { $set: { text: 'two' } })
  expect(await notes().findOne({ _id: 1 })).toEqual({ _id: 1, text: 'two' })

  expect(proxy.commands.map(({ command, collection }) => [command, collection])).toEqual([
    ['insert', 'notes'],
    ['update', 'notes'],
    ['find', 'notes'],
  ])
  expect(proxy.commands[0]?.document).toMatchObject({ documents: [{ _id: 1, text: 'one' }] })
  proxy.clear()
  expect(proxy.commands).toEqual([])
})

test('carries documents that need many packets', async () => {
  const text = 'x'.repeat(2_000_000)
  await notes().insertMany([1, 2, 3].map((_id) => ({ _id, text })))
  expect((await notes().find().toArray()).map((note) => note.text.length)).toEqual([2_000_000, 2_000_000, 2_000_000])
})

test('holds a request: the server has not seen it, other connections go on', async () => {
  const gate = proxy.hold({ command: 'insert', collection: 'notes' })
  const insert = notes().insertOne({ _id: 1, text: 'held' })
  expect((await gate.reached).document).toMatchObject({ documents: [{ text: 'held' }] })

  await notes().insertOne({ _id: 2, text: 'passes' })
  expect(await truth().find().toArray()).toEqual([{ _id: 2, text: 'passes' }])
  gate.release()
  await insert
  expect((await truth().find().toArray()).map(({ text }) => text).sort()).toEqual(['held', 'passes'])
})

test('holds a reply: the server has executed it, the client has not heard', async () => {
  const gate = proxy.hold({ command: 'insert', at: 'reply' })
  let answered = false
  const insert = notes()
    .insertOne({ _id: 1, text: 'done' })
    .then(() => {
      answered = true
    })
  await gate.reached
  expect(await truth().countDocuments()).toBe(1)
  expect(answered).toBe(false)
  gate.release()
  await insert
})

test('holds the n-th command that a condition chooses', async () => {
  const gate = proxy.hold({ command: 'insert', nth: 2, where: ({ documents }) => documents[0].text === 'chosen' })
  await notes().insertOne({ _id: 1, text: 'chosen' })
  await notes().insertOne({ _id: 2, text: 'other' })
  const third = notes().insertOne({ _id: 3, text: 'chosen' })
  expect((await gate.reached).document.documents[0]._id).toBe(3)
  gate.release()
  await third
})

test('a held request arrives late though its client has gone', async () => {
  const gate = proxy.hold({ command: 'insert' })
  const leaver = new MongoClient(proxy.uri, { socketTimeoutMS: 300, retryWrites: false })
  const late = leaver.db(database).collection<Note>('notes').insertOne({ _id: 1, text: 'late' })
  await expect(late).rejects.toThrow(MongoNetworkError)
  await leaver.close()
  gate.release()
  await expect.poll(() => truth().countDocuments()).toBe(1)
})

test('cuts a held command', async () => {
  const gate = proxy.hold({ command: 'insert' })
  const insert = expect(notes().insertOne({ _id: 1, text: 'lost' })).rejects.toThrow(MongoNetworkError)
  await gate.reached
  gate.cut()
  await insert
  expect(await truth().countDocuments()).toBe(0)
})

test('cuts before the request: nothing was executed', async () => {
  const fault = proxy.cut({ command: 'insert', at: 'request' })
  await expect(notes().insertOne({ _id: 1, text: 'lost' })).rejects.toThrow(MongoNetworkError)
  expect((await fault.reached).command).toBe('insert')
  expect(await truth().countDocuments()).toBe(0)
  await notes().insertOne({ _id: 1, text: 'again' })
})

test('cuts before the reply: it was executed', async () => {
  proxy.cut({ command: 'insert', at: 'reply', times: 2 })
  await expect(notes().insertOne({ _id: 1, text: 'kept' })).rejects.toThrow(MongoNetworkError)
  await expect(notes().insertOne({ _id: 2, text: 'kept' })).rejects.toThrow(MongoNetworkError)
  await notes().insertOne({ _id: 3, text: 'heard' })
  expect(await truth().countDocuments()).toBe(3)
})

test('fails a command with a code, and asks no server', async () => {
  const fault = proxy.fail({ command: 'update', code: 91, codeName: 'ShutdownInProgress', times: 9 })
  const update = () => notes().updateOne({ _id: 1 }, { $set: { text: 'never' } }, { upsert: true })
  await expect(update()).rejects.toMatchObject({ code: 91, codeName: 'ShutdownInProgress' })
  await expect(update()).rejects.toThrow(MongoServerError)
  expect(await truth().countDocuments()).toBe(0)
  fault.lift()
  await update()
  expect(await truth().countDocuments()).toBe(1)
})

test('is down and up again', async () => {
  proxy.down()
  await expect(notes().countDocuments()).rejects.toThrow()
  proxy.up()
  await expect.poll(() => notes().countDocuments(), { timeout: 5_000 }).toBe(0)
})

test('restore lifts all: held, cut and failing commands pass', async () => {
  const gate = proxy.hold({ command: 'insert' })
  const insert = notes().insertOne({ _id: 1, text: 'held' })
  await gate.reached
  proxy.cut({ command: 'find', at: 'request', times: 5 })
  proxy.fail({ command: 'update', code: 1, times: 5 })
  proxy.restore()
  await insert
  expect(await notes().findOne({ _id: 1 })).toEqual({ _id: 1, text: 'held' })
  await notes().updateOne({ _id: 1 }, { $set: { text: 'free' } })
})

test('refuses what it cannot read', async () => {
  await expect(startProxy('mongodb://one,two/db')).rejects.toThrow('one host')
  await expect(startProxy('mongodb://one/db?tls=true')).rejects.toThrow('TLS')
})
