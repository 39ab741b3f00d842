import type { Registry } from 'prom-client'
import type { SecurityEvent } from '../domain/events.ts'
import type { Database } from '../mongo/database.ts'
import { METHODS, ROUTES } from '../routes.ts'
import { addGauges, type GaugeSources, watchConnections } from './gauges.ts'
import { createNameSet } from './name-set.ts'

/** A request that is over, as its line in the log has it. */
export interface RequestFacts {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly operation: string | null
  readonly outcome: string
  readonly durationMs: number
}

/** What the service tells its metrics. */
export interface Observer {
  observeRequest(request: RequestFacts): void
  observeEvent(event: SecurityEvent): void
}

export interface Metrics extends Observer {
  /** Adds what is read when somebody asks. */
  addGauges(sources: GaugeSources): void
  /** Returns all metrics as Prometheus reads them. */
  read(): Promise<{ contentType: string; text: string }>
}

/** For a service whose METRICS are off. */
export const NO_METRICS: Observer = { observeRequest() {}, observeEvent() {} }

/** In seconds; a login takes a hash, and the longest request its deadline. */
const BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
/** Clients choose the names of operations, so only so many become labels. */
const MAX_OPERATIONS = 100

/** How a login ended, by the kind of its event. */
const LOGINS: Partial<Record<SecurityEvent['event'], string>> = {
  'login.succeeded': 'success',
  'login.failed': 'failure',
  'login.factor-required': 'second_factor_required',
  'login.factor-failed': 'second_factor_failed',
}
const OPENINGS: readonly SecurityEvent['event'][] = ['login.succeeded', 'signup.succeeded', 'invitation.accepted']
const MAILS: Partial<Record<SecurityEvent['event'], string>> = {
  'mail.sent': 'sent',
  'mail.failed': 'failed',
  'mail.given-up': 'given_up',
}

type Client = typeof import('prom-client')

const readRoute = (path: string): string => ROUTES.find((route) => route === path) ?? 'other'

function createHistograms({ Histogram, Counter }: Client, registry: Registry): Pick<Observer, 'observeRequest'> {
  const registers = [registry]
  const requests = new Histogram({
    ...{ name: 'http_request_duration_seconds', help: 'Requests by route and status', registers, buckets: BUCKETS },
    labelNames: ['method', 'route', 'status_code'],
  })
  const operations = new Histogram({
    ...{ name: 'graphql_operation_duration_seconds', help: 'GraphQL operations by outcome', registers },
    ...{ buckets: BUCKETS, labelNames: ['operation', 'outcome'] },
  })
  const refusals = new Counter({ name: 'gatehouse_rate_limited_total', help: 'Requests over a rate limit', registers })
  const names = createNameSet(MAX_OPERATIONS)
  return {
    observeRequest({ method, path, status, operation, outcome, durationMs }) {
      const seconds = durationMs / 1000
      const route = readRoute(path)
      requests.observe({ method: METHODS.includes(method) ? method : 'other', route, status_code: status }, seconds)
      if (outcome === 'RATE_LIMITED') refusals.inc()
      if (route !== '/graphql' || operation === null) return
      operations.observe({ operation: names.admit(operation, outcome === 'ok'), outcome }, seconds)
    },
  }
}

function createCounters({ Counter }: Client, registry: Registry): Pick<Observer, 'observeEvent'> {
  const registers = [registry]
  const labelNames = ['outcome']
  const logins = new Counter({ name: 'gatehouse_logins_total', help: 'Logins by outcome', registers, labelNames })
  const opened = new Counter({ name: 'gatehouse_sessions_opened_total', help: 'Sessions that began', registers })
  const ended = new Counter({ name: 'gatehouse_sessions_ended_total', help: 'Sessions that were ended', registers })
  const mails = new Counter({ name: 'gatehouse_mails_total', help: 'Mails by outcome', registers, labelNames })
  return {
    observeEvent(event) {
      const login = LOGINS[event.event]
      if (login) logins.inc({ outcome: login })
      if (OPENINGS.includes(event.event)) opened.inc()
      if (event.event === 'logout') ended.inc()
      if (event.event === 'sessions.revoked') ended.inc(event.count)
      const mail = MAILS[event.event]
      if (mail) mails.inc({ outcome: mail })
    },
  }
}

/** Creates the metrics of a service. The client is loaded here, so that a service without metrics does not carry it. */
export async function createMetrics(database: Database['client']): Promise<Metrics> {
  const client = await import('prom-client')
  const registry = new client.Registry()
  client.collectDefaultMetrics({ register: registry })
  watchConnections(client, registry, database)
  return {
    addGauges: (sources) => addGauges(client, registry, sources),
    ...createHistograms(client, registry),
    ...createCounters(client, registry),
    read: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}
