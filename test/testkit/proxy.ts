import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { type Document, deserialize, serialize } from 'bson'

const OP_MSG = 2013
const HEADER_BYTES = 16
const FLAG_CHECKSUM = 1
const FLAG_MORE_TO_COME = 2
const AS_IS = { validation: { utf8: false } } as const

/** A command that a client sent. `document` holds the sequences (`documents`, `updates`, …) as arrays, too. */
export interface SeenCommand {
  command: string
  collection: string | undefined
  document: Document
}

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

export interface Failure {
  code: number
  codeName?: string
  errmsg?: string
  errorLabels?: string[]
}

export interface MongoProxy {
  /** The connection string of the way through the proxy. */
  uri: string
  /** What clients sent, in order, without the driver's own `hello`. */
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
    const link: Link = { client, server, pending: new Map() }
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
    if (seen.command !== 'hello') commands.push(seen)
    const verdict = await judge('request', seen)
    if (verdict === 'cut') return cutLink(link)
    if (verdict !== 'forward') return send(link.client, errorReply(frame, verdict))
    if (!expectsNoReply(frame)) link.pending.set(frame.readInt32LE(4), seen)
    send(link.server, frame)
  }

  async function reply(link: Link, frame: Buffer): Promise<void> {
    const responseTo = frame.readInt32LE(8)
    const seen = link.pending.get(responseTo)
    link.pending.delete(responseTo)
    const verdict = seen ? await judge('reply', seen) : 'forward'
    if (verdict === 'cut') cutLink(link)
    else send(link.client, frame)
  }

  /** Asks the rules that stood when the frame came, in the order they were made. */
  async function judge(at: Moment, seen: SeenCommand): Promise<Verdict> {
    for (const rule of [...rules]) {
      if (rule.at !== at || !rules.has(rule) || !rule.meets(seen)) continue
      const verdict = await rule.judge(seen)
      if (verdict !== 'forward') return verdict
    }
    return 'forward'
  }

  function hold(match: Match & { at?: Moment }): Gate {
    const reached = deferred<SeenCommand>()
    const opened = deferred<Verdict>()
    const finish = (verdict: Verdict) => {
      rules.delete(rule)
      opened.resolve(verdict)
    }
    const rule: Rule = {
      at: match.at ?? 'request',
      meets: counting(match, 1),
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
    const reached = deferred<SeenCommand>()
    const rule: Rule = {
      at,
      meets: counting(match, match.times ?? 1),
      judge(seen) {
        reached.resolve(seen)
        return verdict
      },
      end: () => rules.delete(rule),
    }
    rules.add(rule)
    return { reached: reached.promise, lift: rule.end }
  }

  function cutAll() {
    for (const link of links) cutLink(link)
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
    uri: target.uriOn(address.port),
    commands,
    clear: () => void commands.splice(0),
    hold,
    cut: (match) => strike(match.at, match, 'cut'),
    fail: (match) => strike('request', match, failureOf(match)),
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
    for await (const frame of framesOf(from)) await each(frame)
  } finally {
    to.end()
  }
}

async function* framesOf(socket: Socket): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunksOf(socket)) {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    while (rest.length >= HEADER_BYTES && rest.length >= rest.readInt32LE(0)) {
      const length = rest.readInt32LE(0)
      yield rest.subarray(0, length)
      rest = rest.subarray(length)
    }
  }
}

/** What a socket brings, until it ends or is cut. */
async function* chunksOf(socket: Socket): AsyncGenerator<Buffer> {
  try {
    yield* socket as AsyncIterable<Buffer>
  } catch {
    // Cut, by a peer or by a fault: the other side is told by the end of its own socket.
  }
}

function send(socket: Socket, frame: Buffer): void {
  if (socket.writable) socket.write(frame)
}

function cutLink({ client, server }: Link): void {
  client.destroy()
  server.destroy()
}

function expectsNoReply(frame: Buffer): boolean {
  return (frame.readUInt32LE(HEADER_BYTES) & FLAG_MORE_TO_COME) !== 0
}

/** The command in an OP_MSG frame; nothing for the OP_QUERY of a handshake. */
function readCommand(frame: Buffer): SeenCommand | undefined {
  if (frame.readInt32LE(12) !== OP_MSG) return undefined
  const hasChecksum = (frame.readUInt32LE(HEADER_BYTES) & FLAG_CHECKSUM) !== 0
  const end = frame.length - (hasChecksum ? 4 : 0)
  const sequences: Document = {}
  let body: Document = {}
  let at = HEADER_BYTES + 4
  while (at < end) {
    const kind = frame.readUInt8(at)
    const size = frame.readInt32LE(at + 1)
    const section = frame.subarray(at + 1, at + 1 + size)
    if (kind === 0) body = deserialize(section, AS_IS)
    else Object.assign(sequences, readSequence(section))
    at += 1 + size
  }
  const command = Object.keys(body)[0] ?? ''
  const named: unknown = command === 'getMore' ? body.collection : body[command]
  const collection = typeof named === 'string' ? named : undefined
  return { command, collection, document: { ...body, ...sequences } }
}

function readSequence(section: Buffer): Document {
  const nameEnd = section.indexOf(0, 4)
  const documents: Document[] = []
  for (let at = nameEnd + 1; at < section.length; at += section.readInt32LE(at)) {
    documents.push(deserialize(section.subarray(at, at + section.readInt32LE(at)), AS_IS))
  }
  return { [section.toString('utf8', 4, nameEnd)]: documents }
}

function errorReply(request: Buffer, failure: Failure): Buffer {
  const body = serialize({ ok: 0, ...failure })
  const head = Buffer.alloc(HEADER_BYTES + 5)
  head.writeInt32LE(head.length + body.length, 0)
  head.writeInt32LE(request.readInt32LE(4), 8)
  head.writeInt32LE(OP_MSG, 12)
  return Buffer.concat([head, body])
}

function failureOf({ code, codeName, errmsg = 'failed by the proxy', errorLabels }: Failure): Failure {
  return { code, errmsg, ...(codeName && { codeName }), ...(errorLabels && { errorLabels }) }
}

/** True for `times` matching commands, from the nth on. */
function counting({ command, collection, where, nth = 1 }: Match, times: number): (seen: SeenCommand) => boolean {
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
  const address = name.endsWith('.sock') ? { path: name } : tcpAddress(name)
  return { address, uriOn: (port: number) => `mongodb://${user}127.0.0.1:${port}${path || '/'}?${options}` }
}

function tcpAddress(name: string) {
  const { hostname, port } = new URL(`tcp://${name}`)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 27017 : Number(port) }
}

function deferred<T>() {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
