import type { Registry } from 'prom-client'
import type { Database } from '../mongo/database.ts'

/** What is read when somebody asks. */
export interface GaugeSources {
  /** How many hashes wait for a thread. */
  countWaitingHashes(): number
  countStreams(): number
  /** How many mails wait, and for how many seconds the oldest has been due. */
  readMailQueue(): Promise<{ depth: number; ageSeconds: number }>
}

/** Collects what has a value at each moment. Of a database that is away, the last value stays. */
export function addGauges(
  { Gauge }: typeof import('prom-client'),
  registry: Registry,
  { countWaitingHashes, countStreams, readMailQueue }: GaugeSources,
): void {
  const registers = [registry]
  new Gauge({
    ...{ name: 'gatehouse_hashes_waiting', help: 'Password hashes that wait for a thread', registers },
    collect() {
      this.set(countWaitingHashes())
    },
  })
  new Gauge({
    ...{ name: 'gatehouse_streams_open', help: 'Open streams of this process', registers },
    collect() {
      this.set(countStreams())
    },
  })
  const age = new Gauge({ name: 'gatehouse_mails_oldest_seconds', help: 'How long the oldest mail is due', registers })
  new Gauge({
    ...{ name: 'gatehouse_mails_waiting', help: 'Mails in the queue', registers },
    async collect() {
      const queue = await readMailQueue().catch(() => null)
      if (!queue) return
      this.set(queue.depth)
      age.set(queue.ageSeconds)
    },
  })
}

/** Counts the driver's connections. */
export function watchConnections(
  { Gauge }: typeof import('prom-client'),
  registry: Registry,
  client: Database['client'],
): void {
  const registers = [registry]
  const open = new Gauge({ name: 'mongodb_connections_open', help: 'Connections of the driver', registers })
  const inUse = new Gauge({ name: 'mongodb_connections_in_use', help: 'Connections that work', registers })
  client.on('connectionCreated', () => open.inc())
  client.on('connectionClosed', () => open.dec())
  client.on('connectionCheckedOut', () => inUse.inc())
  client.on('connectionCheckedIn', () => inUse.dec())
}
