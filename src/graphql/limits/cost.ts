/**
 * The threat: a cheap document that asks for dear work, by lists of lists. So each object that an answer may hold costs 1,
 * and a list costs its length times what one entry costs, before anything runs.
 */
import { getDirective } from '@graphql-tools/utils'
import {
  type ArgumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql'
import { isIntrospection } from './document-size.ts'

export const MAX_COST = 1000
/** What a list may hold of which neither an argument nor the schema says how much. */
const DEFAULT_LIST_SIZE = 100
/** The argument that says how long a page may be. */
const PAGE_ARGUMENT = 'first'

type Variables = Readonly<Record<string, unknown>>
type Field = GraphQLField<unknown, unknown>

/** What the cost of an operation is computed from. */
export interface Costed {
  readonly schema: GraphQLSchema
  readonly operation: OperationDefinitionNode
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly variables: Variables
}

const toInteger = (value: unknown): number | null =>
  typeof value === 'number' && Number.isInteger(value) ? Math.max(0, value) : null

function readValue(node: ValueNode, { operation, variables }: Costed): unknown {
  if (node.kind === Kind.INT) return Number(node.value)
  if (node.kind !== Kind.VARIABLE) return undefined
  const name = node.name.value
  if (Object.hasOwn(variables, name)) return variables[name]
  const declared = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name)?.defaultValue
  return declared?.kind === Kind.INT ? Number(declared.value) : undefined
}

/** Reads how many entries a field's page argument asks for; null where it has none. */
function readPageSize(field: Field, given: readonly ArgumentNode[], costed: Costed): number | null {
  const declared = field.args.find(({ name }) => name === PAGE_ARGUMENT)
  if (!declared) return null
  const node = given.find(({ name }) => name.value === PAGE_ARGUMENT)?.value
  return toInteger(node && readValue(node, costed)) ?? toInteger(declared.defaultValue) ?? DEFAULT_LIST_SIZE
}

const readDeclaredSize = (field: Field, { schema }: Costed): number | null =>
  getDirective(schema, field, 'listSize')?.[0]?.max ?? null

const chooseSize = (asked: number | null, declared: number | null, parentPageSize: number | null): number =>
  Math.min(asked ?? declared ?? parentPageSize ?? DEFAULT_LIST_SIZE, declared ?? Number.POSITIVE_INFINITY)

/**
 * Computes what an operation costs: 1 for each object that its answer may hold. A list holds what its `first` asks for, at
 * most its `@listSize`; the lists of a page (`edges`, `nodes`) hold what the page's `first` asks for.
 */
export function computeCost(costed: Costed): number {
  const known = new Map<string, number>()

  function sumSelections({ selections }: SelectionSetNode, typeName: string, pageSize: number | null): number {
    return selections.reduce((sum, node) => {
      if (node.kind === Kind.FIELD) return sum + computeField(node, typeName, pageSize)
      if (node.kind === Kind.FRAGMENT_SPREAD) return sum + computeFragment(node.name.value, pageSize)
      return sum + sumSelections(node.selectionSet, node.typeCondition?.name.value ?? typeName, pageSize)
    }, 0)
  }

  function computeFragment(name: string, pageSize: number | null): number {
    const key = `${name} ${pageSize}`
    const fragment = costed.fragments.get(name)
    const cost = known.get(key)
    if (cost !== undefined || !fragment) return cost ?? 0
    const sum = sumSelections(fragment.selectionSet, fragment.typeCondition.name.value, pageSize)
    known.set(key, sum)
    return sum
  }

  function computeField(node: FieldNode, typeName: string, parentPageSize: number | null): number {
    const parent = costed.schema.getType(typeName)
    if (isIntrospection(node.name.value) || !(isObjectType(parent) || isInterfaceType(parent))) return 0
    const field = parent.getFields()[node.name.value]
    const type = field && getNamedType(field.type)
    if (!field || !isCompositeType(type)) return 0
    const isList = isListType(getNullableType(field.type))
    const asked = readPageSize(field, node.arguments ?? [], costed)
    const size = chooseSize(asked, readDeclaredSize(field, costed), parentPageSize)
    const pageSize = isList || asked === null ? null : size
    const below = node.selectionSet ? sumSelections(node.selectionSet, type.name, pageSize) : 0
    return (isList ? size : 1) * (1 + below)
  }

  const root = costed.schema.getRootType(costed.operation.operation)
  return root ? sumSelections(costed.operation.selectionSet, root.name, null) : 0
}
