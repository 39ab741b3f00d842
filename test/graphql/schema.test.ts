import { existsSync, readdirSync, readFileSync } from 'node:fs'
import {
  buildClientSchema,
  buildSchema,
  type ConstDirectiveNode,
  extendSchema,
  findBreakingChanges,
  type GraphQLNamedType,
  type GraphQLSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
  parse,
  print,
} from 'graphql'
import { beforeAll, expect, test } from 'vitest'
import { provideService } from '../testkit/fixtures.ts'

const service = provideService()
const promised = buildSchema(readFileSync(new URL('../fixtures/contract.graphql', import.meta.url), 'utf8'))
const APP = new URL('../../schema/app/', import.meta.url)
let served: GraphQLSchema

beforeAll(async () => {
  const answer = await service().openBrowser().gql<IntrospectionQuery>(getIntrospectionQuery())
  if (!answer.body.data) throw new Error(answer.text)
  served = buildClientSchema(answer.body.data)
})

const ownTypes = (schema: GraphQLSchema): GraphQLNamedType[] =>
  Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type))

/** Describes a type: kind, fields with their types, arguments with their types and defaults, values and members. */
function describeShape(type: GraphQLNamedType): Record<string, unknown> {
  if (isScalarType(type)) return { kind: 'scalar' }
  if (isEnumType(type)) return { kind: 'enum', values: type.getValues().map(({ name }) => name) }
  if (isUnionType(type)) return { kind: 'union', members: type.getTypes().map(({ name }) => name) }
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).map((field) => [field.name, [`${field.type}`, field.defaultValue]])
    return { kind: 'input', fields: Object.fromEntries(fields) }
  }
  const fields = Object.values(type.getFields()).map((field) => {
    const args = field.args.map((arg) => [arg.name, [`${arg.type}`, arg.defaultValue]])
    return [field.name, { type: `${field.type}`, args: Object.fromEntries(args) }]
  })
  const interfaces = type.getInterfaces().map(({ name }) => name)
  return { kind: isObjectType(type) ? 'type' : 'interface', interfaces, fields: Object.fromEntries(fields) }
}

test('the served schema has no breaking change against the contract', () => {
  const changes = findBreakingChanges(promised, served).filter(({ type }) => !/DIRECTIVE/.test(type))
  expect(changes).toEqual([])
})

test.each(ownTypes(promised).map((type) => [type.name, type] as const))(
  'the served schema has %s as promised: names, arguments, nullability, defaults',
  (name, type) => {
    const found = served.getType(name)
    expect(found && describeShape(found)).toMatchObject(describeShape(type))
  },
)

/** What a clone, or the example, adds by `extend`. */
const readAppSdl = (): string =>
  existsSync(APP)
    ? readdirSync(APP)
        .map((file) => readFileSync(new URL(file, APP), 'utf8'))
        .join('\n')
    : ''

test("promised types have no field, argument or member beside the promised ones and an app's own, but for the roots", () => {
  const withApp = extendSchema(promised, parse(readAppSdl()), { assumeValidSDL: true })
  for (const type of ownTypes(withApp).filter(({ name }) => name !== 'Query' && name !== 'Mutation')) {
    const found = served.getType(type.name)
    expect(found && describeShape(found)).toEqual(describeShape(type))
  }
})

test('every type, field, input field and enum value has a description', () => {
  const silent: string[] = []
  for (const type of ownTypes(served)) {
    if (!type.description) silent.push(type.name)
    if (isUnionType(type) || isScalarType(type)) continue
    const parts = isEnumType(type) ? type.getValues() : Object.values(type.getFields())
    for (const part of parts) if (!part.description) silent.push(`${type.name}.${part.name}`)
  }
  expect(silent).toEqual([])
})

const printDirectives = (nodes: readonly ConstDirectiveNode[] = []) =>
  new Map(nodes.map((node) => [node.name.value, print(node)]))

const guarded = ownTypes(promised)
  .filter((type) => isObjectType(type) || isInterfaceType(type))
  .flatMap((type) =>
    Object.values(type.getFields())
      .filter((field) => (field.astNode?.directives ?? []).length > 0)
      .map(
        (field) =>
          [`${type.name}.${field.name}`, type.name, field.name, printDirectives(field.astNode?.directives)] as const,
      ),
  )

test.each(guarded)('the description of %s names its guards', (_place, typeName, fieldName, directives) => {
  const type = served.getType(typeName)
  const description = isObjectType(type) ? type.getFields()[fieldName]?.description : undefined
  const quoted = (directive: string) =>
    [...(directives.get(directive) ?? '').matchAll(/"([^"]+)"/g)].map(([, text]) => text)
  if (directives.has('public')) expect(description).toContain('Guard: public')
  if (directives.has('authenticated')) expect(description).toContain('Guard: signed-in users only.')
  for (const scope of [...quoted('requiresScopes'), ...quoted('own')]) expect(description).toContain(scope)
  if (directives.has('own')) expect(description).toContain('Guard: only the user themself')
  expect(/Step-up/.test(description ?? '')).toBe(directives.has('stepUp'))
  if (directives.has('stepUp')) expect(description).toContain('within 600 seconds')
})

test('the description of every root field names exactly one guard', () => {
  for (const root of [served.getQueryType(), served.getMutationType()]) {
    for (const field of Object.values(root?.getFields() ?? {})) {
      expect([field.name, field.description?.match(/Guard: /g)?.length]).toEqual([field.name, 1])
    }
  }
})

test('every field of User but its id is for the user and for staff only', () => {
  const user = served.getType('User')
  const fields = isObjectType(user) ? Object.values(user.getFields()) : []
  const open = fields.filter(({ description }) => !/Guard: only the user themself/.test(description ?? ''))
  expect(open.map(({ name }) => name)).toEqual(['id'])
})
