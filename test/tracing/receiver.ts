import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { waitUntil } from '../testkit/wait.ts'

interface OtlpAttribute {
  key: string
  value: { stringValue?: string; intValue?: number }
}

interface OtlpSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  attributes: OtlpAttribute[]
  status: { code?: number }
}

/** A span as it arrived, with its attributes as an object. */
export interface ReceivedSpan extends Omit<OtlpSpan, 'attributes' | 'status'> {
  attributes: Record<string, string | number | undefined>
  isError: boolean
}

const STATUS_ERROR = 2

function toSpan({ attributes, status, ...span }: OtlpSpan): ReceivedSpan {
  const values = attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue])
  return { ...span, attributes: Object.fromEntries(values), isError: status.code === STATUS_ERROR }
}

/** Starts a collector that speaks OTLP over HTTP, as JSON. */
export async function startReceiver(onEnd: (end: () => void) => void) {
  const spans: ReceivedSpan[] = []
  const bodies: string[] = []
  const server = createServer(async (request, response) => {
    const body = (await json(request)) as { resourceSpans: { scopeSpans: { spans: OtlpSpan[] }[] }[] }
    bodies.push(JSON.stringify(body))
    const received = body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans))
    spans.push(...received.map(toSpan))
    response.setHeader('Content-Type', 'application/json').end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onEnd(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    settings: {
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '20',
    },
    spans,
    /** All that arrived, as text. */
    readAll: () => bodies.join('\n'),
    /** Waits for a span, and gives it. */
    waitForSpan: (matches: (span: ReceivedSpan) => boolean): Promise<ReceivedSpan> =>
      waitUntil(() => {
        const found = spans.find(matches)
        if (!found) throw new Error(`No such span among ${spans.map(({ name }) => name).join(', ')}`)
        return found
      }),
    /** The names from a span up to the first. */
    listAncestors(span: ReceivedSpan): string[] {
      const parent = spans.find(({ spanId }) => spanId === span.parentSpanId)
      return parent ? [span.name, ...this.listAncestors(parent)] : [span.name]
    },
  }
}
