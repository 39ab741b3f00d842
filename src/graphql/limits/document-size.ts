/**
 * The threat: a small document with a large meaning. A fragment that is spread twice by one that is spread twice by the next
 * doubles with each line, and 250 aliases of `login` are 250 guesses in one request. So each definition is measured once,
 * whatever spreads it, and its size is multiplied, not its walk.
 */
import {
  type DefinitionNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

/** What a selection holds once its fragments are expanded. */
export interface SelectionSize {
  readonly depth: number
  readonly selections: number
  readonly aliases: number
  readonly directives: number
  /** How often one field stands in one selection, at most. */
  readonly repetitions: number
  /** The fields of its first level. */
  readonly fields: number
  /** Those of them that are credential mutations. */
  readonly credentials: number
}

export interface DocumentSize {
  readonly depth: number
  readonly selections: number
  readonly aliases: number
  readonly directives: number
  readonly repetitions: number
  /** Of the operation that has the most. */
  readonly rootFields: number
  /** Of the mutation that has the most. */
  readonly credentials: number
}

const NOTHING: SelectionSize = {
  depth: 0,
  selections: 0,
  aliases: 0,
  directives: 0,
  repetitions: 0,
  fields: 0,
  credentials: 0,
}

const add = (one: SelectionSize, other: SelectionSize): SelectionSize => ({
  depth: Math.max(one.depth, other.depth),
  selections: one.selections + other.selections,
  aliases: one.aliases + other.aliases,
  directives: one.directives + other.directives,
  repetitions: Math.max(one.repetitions, other.repetitions),
  fields: one.fields + other.fields,
  credentials: one.credentials + other.credentials,
})

const isFragment = (node: DefinitionNode): node is FragmentDefinitionNode => node.kind === Kind.FRAGMENT_DEFINITION
const isOperation = (node: DefinitionNode): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION

/** Tells whether a field is graphql's own view of the schema, whose depth graphql itself bounds. */
export const isIntrospection = (name: string): boolean => name === '__schema' || name === '__type'

/** Measures a document in one walk. A fragment that spreads itself counts as nothing there: validation refuses it. */
export function measureDocument(document: DocumentNode, isCredential: (field: string) => boolean): DocumentSize {
  const fragments = new Map(document.definitions.filter(isFragment).map((node) => [node.name.value, node]))
  const measured = new Map<string, SelectionSize>()

  function measureFragment(name: string): SelectionSize {
    const known = measured.get(name)
    if (known) return known
    const fragment = fragments.get(name)
    if (!fragment) return NOTHING
    measured.set(name, NOTHING)
    const size = add(measureSelections(fragment.selectionSet), directivesOnly(fragment))
    measured.set(name, size)
    return size
  }

  function measureSelection(node: SelectionNode): SelectionSize {
    if (node.kind === Kind.FRAGMENT_SPREAD) return addSpread(measureFragment(node.name.value), node)
    if (node.kind === Kind.INLINE_FRAGMENT) return addSpread(measureSelections(node.selectionSet), node)
    const below = node.selectionSet ? measureSelections(node.selectionSet) : NOTHING
    return {
      depth: 1 + (isIntrospection(node.name.value) ? 0 : below.depth),
      selections: 1 + below.selections,
      aliases: below.aliases + (node.alias ? 1 : 0),
      directives: below.directives + (node.directives?.length ?? 0),
      repetitions: below.repetitions,
      fields: 1,
      credentials: isCredential(node.name.value) ? 1 : 0,
    }
  }

  function measureSelections({ selections }: SelectionSetNode): SelectionSize {
    const own = { ...NOTHING, repetitions: countRepetitions(selections) }
    return selections.map(measureSelection).reduce(add, own)
  }

  const operations = document.definitions.filter(isOperation)
  const sizes = operations.map((node) => add(measureSelections(node.selectionSet), directivesOnly(node)))
  const unused = [...fragments.keys()].filter((name) => !measured.has(name)).map(measureFragment)
  const { depth, selections, aliases, directives, repetitions } = [...sizes, ...unused].reduce(add, NOTHING)
  return {
    ...{ depth, selections, aliases, directives, repetitions },
    rootFields: Math.max(0, ...sizes.map(({ fields }) => fields)),
    credentials: Math.max(
      0,
      ...sizes.map(({ credentials }, index) =>
        operations[index]?.operation === OperationTypeNode.MUTATION ? credentials : 0,
      ),
    ),
  }
}

function countRepetitions(selections: readonly SelectionNode[]): number {
  const counts = new Map<string, number>()
  for (const node of selections) {
    if (node.kind !== Kind.FIELD) continue
    const key = (node.alias ?? node.name).value
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return Math.max(0, ...counts.values())
}

type WithDirectives = Pick<SelectionNode | FragmentDefinitionNode | OperationDefinitionNode, 'directives'> &
  Partial<Pick<OperationDefinitionNode, 'variableDefinitions'>>

function directivesOnly({ directives = [], variableDefinitions = [] }: WithDirectives): SelectionSize {
  const ofVariables = variableDefinitions.reduce((sum, node) => sum + (node.directives?.length ?? 0), 0)
  return { ...NOTHING, directives: directives.length + ofVariables }
}

const addSpread = (size: SelectionSize, node: SelectionNode): SelectionSize =>
  add({ ...size, selections: size.selections + 1 }, directivesOnly(node))
