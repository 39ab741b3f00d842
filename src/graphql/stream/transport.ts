import { once } from 'node:events'
import type { Response } from 'express'
import type { ExecutionResult, FormattedExecutionResult } from 'graphql'
import { createHandler, type Handler } from 'graphql-sse'

/** One answer, or one for each event. */
export type Answers = FormattedExecutionResult | AsyncGenerator<FormattedExecutionResult, void, undefined>

/** A proxy must neither keep, nor compress, nor hold back what comes. */
const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
}

/** The protocol, "distinct connections" alone, with its pings every 12 s. What is sent has been decided before. */
const handleStream: Handler<null, Answers> = createHandler<null, Answers>({
  // The library's types ask for errors before they are formatted; it only writes them as JSON.
  onSubscribe: (request) => request.context as ExecutionResult | AsyncGenerator<ExecutionResult>,
})

const REQUEST_HEADERS = new Map([
  ['accept', 'text/event-stream'],
  ['content-type', 'application/json'],
])

/** Resolves when the client has read enough of what it was sent, or is gone. */
export async function drain(response: Response): Promise<void> {
  if (!response.writableNeedDrain || response.closed) return
  const controller = new AbortController()
  const { signal } = controller
  await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })])
  controller.abort()
}

/** Sends answers as server-sent events, and `complete` when there are no more. Resolves when the stream is over. */
export async function sendEvents(response: Response, body: unknown, answers: Answers): Promise<void> {
  const [events] = await handleStream({
    ...{ method: 'POST', url: '/', raw: null, context: answers },
    headers: { get: (name) => REQUEST_HEADERS.get(name) },
    body: body as Record<string, unknown>,
  })
  if (events === null || typeof events === 'string') throw new Error('graphql-sse did not open a stream')
  const leave = () => void events.return()
  response.once('close', leave)
  response.status(200).set(HEADERS).flushHeaders()
  for await (const event of events) {
    if (response.closed) return
    response.write(event)
    await drain(response)
  }
  response.end()
}
