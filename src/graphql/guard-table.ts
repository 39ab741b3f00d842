import { getDirective } from '@graphql-tools/utils'
import type { GraphQLField, GraphQLObjectType, GraphQLSchema } from 'graphql'
import { getScopes, hasScopes, ROLES, type Role } from '../roles.ts'
import { type FieldPolicy, needsUser, readPolicy } from './field-policy.ts'

const HEAD = `# Who may use which root field

Made by \`npm run --silent guards > schema/guards.md\` from the directives of the schema. A test fails while the two differ, so that a
change of access shows in a review.
`

const tick = (allowed: boolean) => (allowed ? 'yes' : '')

const isAllowed = ({ scopes }: FieldPolicy, role: Role): boolean =>
  scopes.every((lists) => hasScopes(getScopes([role]), lists))

function describeStepUp(schema: GraphQLSchema, field: GraphQLField<unknown, unknown>): string {
  const stepUp = getDirective(schema, field, 'stepUp')?.[0]
  if (!stepUp) return ''
  return stepUp.assurance === 'MULTI_FACTOR' ? `${stepUp.maxAge} s, with a second factor` : `${stepUp.maxAge} s`
}

function buildRow(schema: GraphQLSchema, type: GraphQLObjectType, name: string): string[] {
  const field = type.getFields()[name]
  const policy = readPolicy(schema, type, name)
  return [
    `${type.name}.${name}`,
    tick(!needsUser(policy)),
    tick(policy.scopes.length === 0),
    ...ROLES.map((role) => tick(isAllowed(policy, role))),
    field ? describeStepUp(schema, field) : '',
    String((field && getDirective(schema, field, 'limited')?.[0]?.by) ?? ''),
  ]
}

/** Builds the table, in Markdown, of who may use each root field: anyone, any user, each role. */
export function buildGuardTable(schema: GraphQLSchema): string {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  const head = ['field', 'anyone', 'user', ...ROLES, 'step-up', 'limit']
  const rows = roots
    .filter((type) => type != null)
    .flatMap((type) => Object.keys(type.getFields()).map((name) => buildRow(schema, type, name)))
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`.replaceAll('  ', ' '))
  return `${HEAD}\n${lines.join('\n')}\n`
}
