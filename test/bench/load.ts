import { connect, type Socket } from 'node:net'

/** One request, sent again and again; each answer must be `expected` to the byte. */
export interface Shot {
  port: number
  body: string
  cookie: string | undefined
  expected: string
}

export interface Load {
  /** Latency of each request, in milliseconds. */
  latencies: number[]
  perSecond: number
}

/** How much is sent: for so many seconds, or so many requests. */
export type Amount = { seconds: number } | { requests: number }

/**
 * Sends the request over `connections` kept connections, each the next one as soon as the answer is there. It writes ready
 * bytes and reads little, so that it takes less of the machine than what it measures.
 */
export async function fire(shot: Shot, connections: number, amount: Amount): Promise<Load> {
  const bytes = requestBytes(shot)
  const start = performance.now()
  const latencies: number[] = []
  const isOver =
    'seconds' in amount
      ? () => performance.now() >= start + amount.seconds * 1_000
      : () => latencies.length >= amount.requests
  await Promise.all(Array.from({ length: connections }, () => fireOne(shot, bytes, latencies, isOver)))
  return { latencies, perSecond: (latencies.length * 1_000) / (performance.now() - start) }
}

/** The answer's body to one request. */
export async function ask(shot: Omit<Shot, 'expected'>): Promise<string> {
  const socket = await open(shot.port)
  try {
    return await answerTo(socket, requestBytes(shot))
  } finally {
    socket.destroy()
  }
}

async function fireOne(shot: Shot, bytes: Buffer, latencies: number[], isOver: () => boolean): Promise<void> {
  const socket = await open(shot.port)
  try {
    for (let before = performance.now(); !isOver(); ) {
      const answer = await answerTo(socket, bytes)
      const after = performance.now()
      if (answer !== shot.expected) throw new Error(`An answer differs from the first one: ${answer.slice(0, 500)}`)
      latencies.push(after - before)
      before = after
    }
  } finally {
    socket.destroy()
  }
}

function requestBytes({ port, body, cookie }: Omit<Shot, 'expected'>): Buffer {
  const lines = [
    'POST /graphql HTTP/1.1',
    `Host: localhost:${port}`,
    'Accept: application/json',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(cookie === undefined ? [] : [`Cookie: ${cookie}`]),
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`)
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket))
    socket.once('error', reject)
  })
}

function answerTo(socket: Socket, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = ''
    const settle = (act: () => void) => {
      socket.off('data', onData).off('close', onClose)
      act()
    }
    const onClose = () => settle(() => reject(new Error(`The server hung up after: ${received.slice(0, 500)}`)))
    const onData = (chunk: Buffer) => {
      received += chunk.toString('latin1')
      const headEnd = received.indexOf('\r\n\r\n')
      if (headEnd < 0) return
      const length = /\r\ncontent-length: *(\d+)/i.exec(received.slice(0, headEnd))?.[1]
      if (length === undefined)
        return settle(() => reject(new Error('The benchmark reads answers with a Content-Length.')))
      if (received.length < headEnd + 4 + Number(length)) return
      settle(() => resolve(received.slice(headEnd + 4)))
    }
    socket.on('data', onData).on('close', onClose)
    socket.write(bytes)
  })
}
