import { context, type Tracer } from '@opentelemetry/api'
import { defaultFieldResolver, type GraphQLField, type GraphQLSchema } from 'graphql'
import type { Context } from '../graphql/context.ts'
import { getOperationContext } from './operation-spans.ts'
import { runInSpan } from './span.ts'

function watchField(tracer: Tracer, type: string, field: GraphQLField<unknown, Context>): void {
  const { resolve = defaultFieldResolver } = field
  const options = { attributes: { 'graphql.field.name': field.name, 'graphql.field.parent_type': type } }
  field.resolve = (parent, args, contextValue, info) =>
    context.with(getOperationContext(contextValue), () =>
      // A guard's refusal is an error of the field, so the span has its code.
      runInSpan(tracer, `${type}.${field.name}`, options, () => resolve(parent, args, contextValue, info)),
    )
}

/** Makes each root field a span, with its guards inside. A subscription lasts for hours, and has none. */
export function watchFields(tracer: Tracer, schema: GraphQLSchema): void {
  for (const type of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) watchField(tracer, type?.name ?? '', field)
  }
}
