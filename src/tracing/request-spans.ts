import { context, propagation, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import type { RequestHandler } from 'express'
import { METHODS, ROUTES } from '../routes.ts'
import { cut } from './span.ts'

const SERVER_ERROR = 500

/** Makes each request a span, below that of the proxy which names one in `traceparent` (W3C Trace Context). */
export const traceRequests =
  (tracer: Tracer): RequestHandler =>
  (request, response, next) => {
    const parent = propagation.extract(context.active(), request.headers)
    const route = ROUTES.find((path) => path === request.path)
    const method = METHODS.includes(request.method) ? request.method : '_OTHER'
    const options = {
      kind: SpanKind.SERVER,
      attributes: {
        'http.request.method': method,
        'url.scheme': request.protocol,
        'url.path': cut(request.path),
        ...(route ? { 'http.route': route } : {}),
      },
    }
    const span = tracer.startSpan(route ? `${method} ${route}` : method, options, parent)
    response.on('close', () => {
      span.setAttribute('http.response.status_code', response.statusCode)
      if (response.statusCode >= SERVER_ERROR) span.setStatus({ code: SpanStatusCode.ERROR })
      span.end()
    })
    context.with(trace.setSpan(parent, span), next)
  }
