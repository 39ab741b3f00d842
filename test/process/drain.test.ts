// On the way out: no request is lost behind a proxy that keeps connections, and nobody who is stuck holds it up.
import { once } from 'node:events'
import { Agent, createServer as createHttpServer, type IncomingHttpHeaders, request } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { signUp } from '../testkit/client.ts'
import { createTestDatabase } from '../testkit/database.ts'
import { type ServiceProcess, serveProcess } from '../testkit/process.ts'
import { waitUntil } from '../testkit/wait.ts'

const QUERY = JSON.stringify({ query: '{ session { id } }' })

interface Passed {
  status: number
  headers: IncomingHttpHeaders
  /** Whether it went over a connection that was there already. */
  isReused: boolean
  socket: Socket
}

/** Sends one POST over an agent's connections, as a proxy does. */
function post(agent: Agent, url: string): Promise<Passed> {
  return new Promise((resolve, reject) => {
    const head = { 'content-type': 'application/json', 'content-length': QUERY.length }
    const sent = request(new URL('/graphql', url), { agent, method: 'POST', headers: head }, (answer) => {
      const { statusCode: status = 0, headers, socket } = answer
      answer.once('error', reject)
      answer.once('end', () => resolve({ status, headers, socket, isReused: sent.reusedSocket }))
      answer.resume()
    })
    sent.once('error', reject)
    sent.end(QUERY)
  })
}

function createAgent(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 4, scheduling: 'fifo' })
  onTestFinished(() => agent.destroy())
  return agent
}

async function openSocket(url: string, text = ''): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => {})
  onTestFinished(() => void socket.destroy())
  await new Promise((resolve) => socket.once('connect', resolve))
  if (text) socket.write(text)
  return socket
}

const waitForStopping = (service: ServiceProcess) => service.waitForLog(({ event }) => event === 'process.stopping')

test('a connection that is idle when SIGTERM comes is answered once more, with Connection: close', async () => {
  const { service } = await serveProcess()
  const url = await service.listening
  const agent = createAgent()
  expect((await post(agent, url)).headers).toMatchObject({ connection: 'keep-alive', 'keep-alive': 'timeout=75' })
  service.kill('SIGTERM')
  await waitForStopping(service)
  const last = await post(agent, url)
  expect(last).toMatchObject({ status: 200, isReused: true, headers: { connection: 'close' } })
  expect(await service.ended).toBe(0)
})

test('a rolling restart behind a proxy that keeps connections loses no request', async () => {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const settings = { MONGODB_URI: database.uri }
  const [{ service: old }, { service: next }] = await Promise.all([
    serveProcess({ settings }),
    serveProcess({ settings }),
  ])
  const upstreams = [await old.listening]
  const agent = createAgent()
  const answers: number[] = []
  let isOver = false

  /** As proxies do, it tries another upstream only where no connection could be made. */
  async function relay(): Promise<number> {
    for (;;) {
      const url = upstreams.at(-1)
      if (url === undefined) throw new Error('No upstream is left.')
      try {
        return (await post(agent, url)).status
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error
        if (upstreams.includes(url)) upstreams.splice(upstreams.indexOf(url), 1)
      }
    }
  }
  const clients = Array.from({ length: 6 }, async () => {
    while (!isOver) answers.push(await relay())
  })
  const all = Promise.all(clients)
  await waitUntil(() => expect(answers.length).toBeGreaterThan(30))

  // The proxy does not know yet that the old one goes, so that it still sends to it first.
  upstreams.unshift(await next.listening)
  old.kill('SIGTERM')
  expect(await old.ended).toBe(0)
  const before = answers.length
  await waitUntil(() => expect(answers.length).toBeGreaterThan(before + 30))
  isOver = true
  await all
  expect(answers.filter((status) => status !== 200)).toEqual([])
})

test('a limit for slow requests that is shorter than KEEP_ALIVE does not count while a connection is idle', async () => {
  const limits = { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 20, keepAliveTimeout: 60_000 }
  const server = createHttpServer(limits, (_request, response) => void response.end()).listen(0, '127.0.0.1')
  onTestFinished(() => server.closeAllConnections())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const agent = createAgent()
  await post(agent, `http://127.0.0.1:${port}`)
  // Only time that passes shows that a limit does not hold.
  await setTimeout(600)
  expect(await post(agent, `http://127.0.0.1:${port}`)).toMatchObject({ status: 200, isReused: true })
})

test('KEEP_ALIVE says how long an idle connection lives', async () => {
  const { service } = await serveProcess({ settings: { KEEP_ALIVE: '2s' } })
  const agent = createAgent()
  const { headers, socket } = await post(agent, await service.listening)
  expect(headers).toMatchObject({ 'keep-alive': 'timeout=2' })
  if (!socket.destroyed) await once(socket, 'close')
  expect((await post(agent, await service.listening)).isReused).toBe(false)
})

/** Clients that say nothing, half a head, half a body, or never read what they asked for. */
async function openStuckClients(url: string): Promise<void> {
  await openSocket(url)
  await openSocket(url, 'POST /graphql HTTP/1.1\r\nHost: loc')
  const fields = ['Host: localhost', 'Content-Type: application/json', 'Content-Length: 100', '', '{"query":']
  await openSocket(url, ['POST /graphql HTTP/1.1', ...fields].join('\r\n'))
  const deaf = await openSocket(url)
  deaf.pause()
  deaf.write('GET /graphiql HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(2000))
}

test('clients and a mail server that are stuck, all at once, do not hold the end up, and the database is closed', async () => {
  const silent = createServer()
  const open = new Set<Socket>()
  silent.on('connection', (socket) => open.add(socket.on('error', () => {})))
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of open) socket.destroy()
    silent.close()
  })
  const { port } = silent.address() as { port: number }
  const settings = { SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: 'no-reply@example.com' }
  const { service, browser } = await serveProcess({ settings })
  await openStuckClients(await service.listening)
  await signUp(browser)
  await waitUntil(() => expect(open.size).toBeGreaterThan(0))
  expect(await service.stop()).toBe(0)
  expect(service.log.at(-1)).toMatchObject({ event: 'process.stopped' })
  expect(service.errors).toBe('')

  const again = await serveProcess({ dataDir: service.dataDir, settings })
  again.browser.setCookie(browser.cookie ?? '')
  expect((await again.browser.gql('{ me { email } }')).body.data).toEqual({ me: { email: 'ada@example.com' } })
})
