import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Document } from 'bson'
import {
  buildErrorReply,
  expectsNoReply,
  type Failure,
  getRequestId,
  getResponseTo,
  readCommand,
  readFrames,
  type SeenCommand,
} from './frames.ts'

/** Which commands a fault is for; `nth` (default 1) lets earlier ones pass. */
export interface Match {
  command: string
  collection?: string
  /** Looks into the command. What it throws fails the test run. */
  where?: (document: Document) => boolean
  nth?: number
}

/** `request`: before the server sees the command. `reply`: the server has executed it, the client has not heard. */
export type Moment = 'request' | 'reply'

export interface Gate {
  /** Resolves with the command once it is held. */
  reached: Promise<SeenCommand>
  /** Lets the command go on; before it was reached, lifts the gate. */
  release(): void
  /** Ends the held command's connection instead of letting it go on. */
  cut(): void
}

export interface Fault {
  /** Resolves with the first command that the fault met. */
  reached: Promise<SeenCommand>
  lift(): void
}

export interface MongoProxy {
  /** The connection string of the way through the proxy. */
  uri: string
  /** The commands that clients sent, in order, without the driver's own `hello`. */
  commands: readonly SeenCommand[]
  /** Forgets the commands seen so far. */
  clear(): void
  /** Stops one command, and only its connection, until the gate is released. */
  hold(match: Match & { at?: Moment }): Gate
  /** Ends the connection in place of forwarding the command or its reply, `times` (default 1) times. */
  cut(match: Match & { at: Moment; times?: number }): Fault
  /** Answers the command with an error that the server never knows of, `times` (default 1) times. */
  fail(match: Match & Failure & { times?: number }): Fault
  /** Ends every connection, held commands with it, and each new one at once. */
  down(): void
  up(): void
  /** Lifts every fault, releases every gate, and is up again. */
  restore(): void
  close(): Promise<void>
}

type Verdict = 'forward' | 'cut' | Failure

interface Rule {
  at: Moment
  meets(seen: SeenCommand): boolean
  judge(seen: SeenCommand): Verdict | Promise<Verdict>
  end(): void
}

interface Link {
  client: Socket
  server: Socket
  /** Commands whose reply is still to come, by request id. */
  pending: Map<number, SeenCommand>
  /** Whether it carries nothing but the driver's own `hello`. */
  isMonitor: boolean
}

/**
 * Starts a proxy on loopback before the one server that `targetUri` names, a TCP host or a unix socket. It reads MongoDB's
 * frames, so that a test can hold, cut or fail a command by name instead of sleeping.
 */
export async function startProxy(targetUri: string): Promise<MongoProxy> {
  const target = parseTarget(targetUri)
  const links = new Set<Link>()
  const rules = new Set<Rule>()
  const commands: SeenCommand[] = []
  let isUp = true

  const listener = createServer((client) => {
    client.on('error', () => {})
    if (isUp) open(client)
    else client.resetAndDestroy()
  })

  function open(client: Socket) {
    const server = connect(target.address)
    server.on('error', () => {})
    client.setNoDelay(true)
    server.setNoDelay(true)
    const link: Link = { client, server, pending: new Map(), isMonitor: true }
    links.add(link)
    const lanes = [
      carry(client, server, (frame) => request(link, frame)),
      carry(server, client, (frame) => reply(link, frame)),
    ]
    Promise.all(lanes).finally(() => links.delete(link))
  }

  async function request(link: Link, frame: Buffer): Promise<void> {
    const seen = readCommand(frame)
    if (!seen) return send(link.server, frame)
    if (seen.command !== 'hello') {
      commands.push(seen)
      link.isMonitor = false
    }
    const verdict = await judge('request', seen)
    if (verdict === 'cut') return cutLink(link)
    if (verdict !== 'forward') return send(link.client, buildErrorReply(frame, verdict))
    if (!expectsNoReply(frame)) link.pending.set(getRequestId(frame), seen)
    send(link.server, frame)
  }

  async function reply(link: Link, frame: Buffer): Promise<void> {
    const id = getResponseTo(frame)
    const seen = link.pending.get(id)
    link.pending.delete(id)
    const verdict = seen ? await judge('reply', seen) : 'forward'
    if (verdict === 'cut') cutLink(link)
    else send(link.client, frame)
  }

  /** Asks the rules that existed when the frame arrived, in the order in which they were added. */
  async function judge(at: Moment, seen: SeenCommand): Promise<Verdict> {
    for (const rule of [...rules]) {
      if (rule.at !== at || !rules.has(rule) || !rule.meets(seen)) continue
      const verdict = await rule.judge(seen)
      if (verdict !== 'forward') return verdict
    }
    return 'forward'
  }

  function hold(match: Match & { at?: Moment }): Gate {
    const reached = createDeferred<SeenCommand>()
    const opened = createDeferred<Verdict>()
    const finish = (verdict: Verdict) => {
      rules.delete(rule)
      opened.resolve(verdict)
    }
    const rule: Rule = {
      at: match.at ?? 'request',
      meets: createMatcher(match, 1),
      judge(seen) {
        reached.resolve(seen)
        return opened.promise
      },
      end: () => finish('forward'),
    }
    rules.add(rule)
    return { reached: reached.promise, release: () => finish('forward'), cut: () => finish('cut') }
  }

  function strike(at: Moment, match: Match & { times?: number }, verdict: Verdict): Fault {
    const reached = createDeferred<SeenCommand>()
    const rule: Rule = {
      at,
      meets: createMatcher(match, match.times ?? 1),
      judge(seen) {
        reached.resolve(seen)
        return verdict
      },
      end: () => rules.delete(rule),
    }
    rules.add(rule)
    return { reached: reached.promise, lift: rule.end }
  }

  /**
   * The monitor's connection is the last: the driver, 7.9 too, waits forever when it asks a monitor whose connection was cut
   * just before that of a command, on a server that it polls as it does the embedded one.
   */
  function cutAll() {
    const inOrder = [...links].sort((one, other) => Number(one.isMonitor) - Number(other.isMonitor))
    for (const link of inOrder) cutLink(link)
  }

  function restore() {
    isUp = true
    for (const rule of [...rules]) rule.end()
  }

  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.')

  return {
    uri: target.buildUri(address.port),
    commands,
    clear: () => void commands.splice(0),
    hold,
    cut: (match) => strike(match.at, match, 'cut'),
    fail: (match) => strike('request', match, toFailure(match)),
    down() {
      isUp = false
      cutAll()
    },
    up() {
      isUp = true
    },
    restore,
    async close() {
      cutAll()
      restore()
      await new Promise<void>((done) => listener.close(() => done()))
    },
  }
}

/** Takes frames off one socket, one after the other, and ends the other socket when there are no more. */
async function carry(from: Socket, to: Socket, each: (frame: Buffer) => Promise<void>): Promise<void> {
  try {
    for await (const frame of readFrames(from)) await each(frame)
  } finally {
    to.end()
  }
}

function send(socket: Socket, frame: Buffer): void {
  if (socket.writable) socket.write(frame)
}

function cutLink({ client, server }: Link): void {
  client.destroy()
  server.destroy()
}

function toFailure({ code, codeName, errmsg = 'failed by the proxy', errorLabels }: Failure): Failure {
  return { code, errmsg, ...(codeName && { codeName }), ...(errorLabels && { errorLabels }) }
}

/** Creates a test that is true for `times` matching commands, from the nth on. */
function createMatcher({ command, collection, where, nth = 1 }: Match, times: number): (seen: SeenCommand) => boolean {
  let met = 0
  return (seen) => {
    if (seen.command !== command) return false
    if (collection !== undefined && seen.collection !== collection) return false
    if (where && !where(seen.document)) return false
    met += 1
    return met >= nth && met < nth + times
  }
}

function parseTarget(uri: string) {
  const [, user = '', host, path = '', query = ''] =
    /^mongodb:\/\/([^@/]*@)?([^/?,]+)(\/[^?]*)?(?:\?(.*))?$/.exec(uri) ?? []
  if (host === undefined) throw new Error('The proxy needs a mongodb:// URI with one host.')
  const options = new URLSearchParams(query)
  if (options.get('tls') === 'true' || options.get('ssl') === 'true') throw new Error('The proxy cannot read TLS.')
  options.delete('compressors')
  options.delete('loadBalanced')
  options.set('directConnection', 'true')
  const name = decodeURIComponent(host)
  const address = name.endsWith('.sock') ? { path: name } : parseTcpAddress(name)
  return { address, buildUri: (port: number) => `mongodb://${user}127.0.0.1:${port}${path || '/'}?${options}` }
}

function parseTcpAddress(name: string) {
  const { hostname, port } = new URL(`tcp://${name}`)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 27017 : Number(port) }
}

function createDeferred<T>() {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
