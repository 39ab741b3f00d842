/**
 * The threat: an operation that lasts. What a request may do ends within seconds; a stream has the rights of a session that may
 * end meanwhile, and holds a connection of a client that may never read. So each stream ends with its session, after some
 * minutes in any case, and with the client or the process.
 */
import { setMaxListeners } from 'node:events'
import type { Request, RequestHandler, Response } from 'express'
import { createSourceEventStream, GraphQLError, type GraphQLFormattedError } from 'graphql'
import type { RequestAuth } from '../../domain/sessions/request-auth.ts'
import type { SessionWatch } from '../../domain/sessions/session-watch.ts'
import { AppError } from '../../errors.ts'
import type { Clock, Viewer } from '../../model.ts'
import { MINUTES } from '../../units.ts'
import type { Context } from '../context.ts'
import { chooseStatus } from '../errors.ts'
import { createAnswerError, isAnswerTooLarge } from '../limits/answer-size.ts'
import { getOutcome, logUnexpected } from '../unexpected.ts'
import { SessionEndSource } from './end-source.ts'
import { createAnswers } from './events.ts'
import { OperationRefused, type OperationRules, readSubscription } from './operation.ts'
import { StreamSlots } from './slots.ts'
import { drain, sendEvents } from './transport.ts'

const MIN_LIFETIME_MS = 4 * MINUTES
/** Streams end at different times, so that their clients do not all come back at once. */
const LIFETIME_SPREAD_MS = 2 * MINUTES

/** What streams work with. */
export interface StreamsDeps extends OperationRules {
  readonly clock: Clock
  readonly watch: SessionWatch
  createContext(request: Request): Context
  /** Creates the authentication state of one event of a stream, which is later than the request. */
  createEventAuth(auth: RequestAuth, viewer: Viewer | null): RequestAuth
  formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError
  describeError(error: unknown): Record<string, unknown>
}

/** The streams of this process. */
export interface Streams {
  handler: RequestHandler
  /** Completes every stream, and opens no more. */
  close(): void
  /** How many are open. */
  count(): number
}

/** Converts errors to what the client may see, and logs those that nobody expects. */
function toFormatted(
  { formatError, describeError }: StreamsDeps,
  { logFields }: Pick<Context, 'logFields'>,
  errors: readonly unknown[],
): GraphQLFormattedError[] {
  const formatted = errors.map((error) =>
    formatError(error instanceof GraphQLError ? error.toJSON() : { message: '' }, error),
  )
  logUnexpected(describeError, logFields, formatted, errors)
  return formatted
}

/** Answers a request that never becomes a stream: a guard's refusal as a stream of its own, all else as JSON. */
async function refuse(request: Request, response: Response, errors: readonly GraphQLFormattedError[]): Promise<void> {
  request.logFields.outcome = getOutcome(errors)
  const status = chooseStatus(null, errors)
  if (status === 200) return sendEvents(response, request.body, { data: null, errors })
  const retryAfter = errors.find(({ extensions }) => extensions?.retryAfter !== undefined)?.extensions?.retryAfter
  if (retryAfter !== undefined) response.set('Retry-After', String(retryAfter))
  response.status(status).json({ errors })
}

/** One stream's end: by its client, its session, its time, or the process. */
class StreamEnd {
  readonly #controller = new AbortController()
  readonly #cleanUps: (() => void)[] = []
  #isFinished = false

  constructor() {
    setMaxListeners(0, this.#controller.signal)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  readonly abort = (): void => this.#controller.abort()

  /** Adds what is to be undone when the stream is over: at once where it is already. */
  defer(cleanUp: () => void): void {
    if (this.#isFinished) cleanUp()
    else this.#cleanUps.push(cleanUp)
  }

  finish(): void {
    this.#isFinished = true
    this.abort()
    for (const cleanUp of this.#cleanUps.splice(0)) cleanUp()
  }
}

async function stream(deps: StreamsDeps, slots: StreamSlots, end: StreamEnd, request: Request, response: Response) {
  const { clock, watch } = deps
  const context = deps.createContext(request)
  const { name, ...args } = readSubscription(deps, request.body)
  context.logFields.operation = name ?? 'subscription'
  const viewer = await context.auth.authenticate()
  if (response.closed) return
  end.defer(slots.take(viewer))
  const watched = viewer && watch.watch(viewer)
  if (watched) end.defer(watched.stop)
  const streamed = { signal: end.signal, ended: watched?.ended ?? null }
  const source = await createSourceEventStream({ ...args, contextValue: { ...context, stream: streamed } })
  if (!(Symbol.asyncIterator in source)) throw new OperationRefused(source.errors ?? [])
  if (!(source instanceof SessionEndSource)) void watched?.ended.then(end.abort)
  end.defer(clock.after(MIN_LIFETIME_MS + Math.random() * LIFETIME_SPREAD_MS, end.abort))
  const answers = createAnswers({
    ...{ args, source, signal: end.signal },
    createContext() {
      const auth = deps.createEventAuth(context.auth, watched?.viewer ?? null)
      return { ...context, auth, deadline: auth.deadline, stream: streamed }
    },
    drain: () => drain(response),
    toAnswer({ errors, ...result }, eventContext) {
      if (isAnswerTooLarge(eventContext))
        return { data: null, errors: toFormatted(deps, context, [createAnswerError()]) }
      return errors ? { ...result, errors: toFormatted(deps, context, errors) } : result
    },
    toFailure: (error) => ({ data: null, errors: toFormatted(deps, context, [error]) }),
  })
  await sendEvents(response, request.body, answers)
}

/** Creates the streams of a schema's subscriptions. */
export function createStreams(deps: StreamsDeps): Streams {
  const slots = new StreamSlots()
  const open = new Set<StreamEnd>()
  let isClosed = false
  const handler: RequestHandler = async (request, response) => {
    const end = new StreamEnd()
    open.add(end)
    end.defer(() => open.delete(end))
    response.once('close', () => end.finish())
    try {
      if (isClosed) throw new AppError('UNAVAILABLE')
      await stream(deps, slots, end, request, response)
    } catch (error) {
      end.finish()
      if (response.headersSent) throw error
      const errors = error instanceof OperationRefused ? error.errors : [error]
      await refuse(request, response, toFormatted(deps, request, errors))
    }
  }
  return {
    handler,
    count: () => slots.count(),
    close() {
      isClosed = true
      for (const end of open) end.abort()
    },
  }
}
