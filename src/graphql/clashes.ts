import { type DefinitionNode, type DocumentNode, isTypeDefinitionNode, isTypeExtensionNode, Kind } from 'graphql'

/** Lists the types and directives that a definition defines, and the fields that it adds to a type. */
function listClaims(definition: DefinitionNode): string[] {
  if (definition.kind === Kind.DIRECTIVE_DEFINITION) return [`directive @${definition.name.value}`]
  if (!isTypeDefinitionNode(definition) && !isTypeExtensionNode(definition)) return []
  const type = definition.name.value
  const fields = 'fields' in definition ? (definition.fields ?? []) : []
  const added = fields.map(({ name }) => `field ${type}.${name.value}`)
  return isTypeDefinitionNode(definition) ? [`type ${type}`, ...added] : added
}

/** Finds what two SDL files define both: the two would be merged without a word. */
export function findClashes(typeDefs: readonly DocumentNode[]): string[] {
  const owners = new Map<string, string>()
  const faults: string[] = []
  for (const definition of typeDefs.flatMap(({ definitions }) => definitions)) {
    const file = definition.loc?.source.name ?? ''
    for (const claim of listClaims(definition)) {
      const owner = owners.get(claim)
      if (owner) faults.push(`the ${claim} is defined twice, in ${owner} and in ${file}`)
      owners.set(claim, file)
    }
  }
  return faults
}
