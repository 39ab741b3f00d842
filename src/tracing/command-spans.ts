import { type Span, SpanKind, type Tracer, trace } from '@opentelemetry/api'
import type { CommandFailedEvent, CommandStartedEvent, MongoClient } from 'mongodb'
import { fail } from './span.ts'

const nameCollection = ({ command, commandName }: CommandStartedEvent): string | null => {
  const name = command[commandName === 'getMore' ? 'collection' : commandName]
  return typeof name === 'string' ? name : null
}

/** Makes each command that belongs to a request a span: its name and its collection, never a value. */
export function watchCommands(tracer: Tracer, client: MongoClient): void {
  const spans = new Map<number, Span>()
  const end = (requestId: number, failure?: CommandFailedEvent['failure']) => {
    const span = spans.get(requestId)
    if (failure) span && fail(span, failure)
    span?.end()
    spans.delete(requestId)
  }
  client.on('commandStarted', (event) => {
    if (!trace.getActiveSpan()) return
    const collection = nameCollection(event)
    const attributes = {
      'db.system.name': 'mongodb',
      'db.namespace': event.databaseName,
      'db.operation.name': event.commandName,
      ...(collection ? { 'db.collection.name': collection } : {}),
    }
    const name = collection ? `${event.commandName} ${collection}` : event.commandName
    spans.set(event.requestId, tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }))
  })
  client.on('commandSucceeded', ({ requestId }) => end(requestId))
  client.on('commandFailed', ({ requestId, failure }) => end(requestId, failure))
}
