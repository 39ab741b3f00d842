import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import express from 'express'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { answerInTurn, guardConnections } from '../../src/http/connections.ts'

const WRITE_TIMEOUT_MS = 300
const MEGABYTES = 32
const ANSWER = Buffer.alloc(MEGABYTES * 1024 * 1024, 'x')

async function serve(handler: RequestListener, writeTimeoutMs = WRITE_TIMEOUT_MS) {
  const server = createServer()
  guardConnections(server, { log: pino({ level: 'silent' }), writeTimeoutMs })
  server.on('request', handler)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.on('error', () => {})
  return { server, socket }
}

const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'

test('a client that never reads is cut, even one that goes on sending', async () => {
  for (const more of ['', REQUEST]) {
    const { server, socket } = await serve((_request, response) => {
      response.on('close', () => server.emit('answered'))
      response.end(ANSWER)
    })
    const answered = once(server, 'answered')
    // Not once(), which a reset would reject.
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.pause()
    socket.write(REQUEST)
    const asking = setInterval(() => more && socket.write(more), WRITE_TIMEOUT_MS / 3)
    await answered
    clearInterval(asking)
    let received = 0
    socket.on('data', (chunk) => {
      received += chunk.length
    })
    socket.resume()
    await closed
    expect(received).toBeLessThan(ANSWER.length)
  }
})

/** Counts the bytes that a client gets which begins to read only when the service has let go of its connection. */
async function countLateBytes(handler: (response: ServerResponse) => void, writeTimeoutMs: number): Promise<number> {
  const { server, socket } = await serve((_request, response) => {
    response.on('close', () => server.emit('answered'))
    response.end(ANSWER)
    handler(response)
  }, writeTimeoutMs)
  const answered = once(server, 'answered')
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.pause()
  socket.write(REQUEST)
  await answered
  let received = 0
  socket.on('data', (chunk) => {
    received += chunk.length
  })
  socket.resume()
  await closed
  return received
}

test('a cut also drops what the system has buffered of the answer, megabytes for each client that never reads', async () => {
  const cut = await countLateBytes(() => {}, WRITE_TIMEOUT_MS)
  const closed = await countLateBytes(({ socket }) => setTimeout(() => socket?.destroy(), WRITE_TIMEOUT_MS), 600_000)
  expect(closed).toBeGreaterThan(1_000_000)
  expect(cut).toBeLessThan(closed / 4)
})

test('a client that reads slowly gets the whole answer, though it takes longer than a single write may', async () => {
  const writeTimeoutMs = 2000
  const { socket } = await serve((_request, response) => response.end(ANSWER), writeTimeoutMs)
  const started = performance.now()
  socket.write(REQUEST.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
  let received = 0
  socket.on('data', (chunk) => {
    received += chunk.length
    socket.pause()
    setTimeout(() => socket.resume(), 8)
  })
  await once(socket, 'close')
  expect(received).toBeGreaterThan(ANSWER.length)
  expect(performance.now() - started).toBeGreaterThan(writeTimeoutMs)
})

test('an answer that takes its time before it is written is not cut', async () => {
  const { socket } = await serve((_request, response) => {
    response.write('begun')
    setTimeout(() => response.end('done'), 3 * WRITE_TIMEOUT_MS)
  })
  socket.write(REQUEST.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  await once(socket, 'close')
  expect(text).toContain('done')
})

test('requests that come at once on one connection are answered one after the other', async () => {
  const app = express()
  let [running, most] = [0, 0]
  app.use(answerInTurn, (request, response) => {
    running += 1
    most = Math.max(most, running)
    setImmediate(() => {
      running -= 1
      response.send(request.path)
    })
  })
  const { socket } = await serve(app)
  const paths = Array.from({ length: 20 }, (_, n) => `/${n}`)
  const last = (path: string) => (path === '/19' ? '\r\nConnection: close' : '')
  socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: localhost${last(path)}\r\n\r\n`).join(''))
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  await once(socket, 'close')
  expect(text.match(/^\/\d+/gm)).toEqual(paths)
  expect(most).toBe(1)
})
