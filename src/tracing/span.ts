import { context, type Span, type SpanOptions, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import { AppError } from '../errors.ts'

/** Clients choose the names of operations, and their length. */
const MAX_TEXT_LENGTH = 100

/** What a client wrote into an attribute, cut. */
export const cut = (text: string): string => text.slice(0, MAX_TEXT_LENGTH)

/** Marks a span as failed, with the error's code or class: its text may hold what a user sent. */
export function fail(span: Span, error: unknown): void {
  const type = error instanceof AppError ? error.code : error instanceof Error ? error.name : typeof error
  span.setAttribute('error.type', type)
  span.setStatus({ code: SpanStatusCode.ERROR })
}

/** Runs a function in a span, which ends with it. */
export async function runInSpan<T>(
  tracer: Tracer,
  name: string,
  options: SpanOptions,
  run: () => T | Promise<T>,
): Promise<T> {
  const span = tracer.startSpan(name, options)
  try {
    return await context.with(trace.setSpan(context.active(), span), run)
  } catch (error) {
    fail(span, error)
    throw error
  } finally {
    span.end()
  }
}
