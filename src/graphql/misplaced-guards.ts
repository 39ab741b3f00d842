/**
 * The threat: a guard that guards nothing. On a type, an input, an argument or a value a directive is but a remark, and
 * whoever wrote it believes the door shut. So the service does not start with one.
 */
import { type ASTNode, type DocumentNode, Kind, visit } from 'graphql'

const GUARDS: ReadonlySet<string> = new Set(['public', 'authenticated', 'requiresScopes', 'stepUp', 'own', 'limited'])

const isNode = (value: ASTNode | readonly ASTNode[]): value is ASTNode => 'kind' in value

function namePlace(nodes: readonly ASTNode[]): string {
  const names = nodes.flatMap((node) => ('name' in node && node.name ? node.name.value : []))
  return names.join('.') || 'schema'
}

/** Finds the guards of a document that do not stand on the field of a type or an interface, naming each place. */
export function findMisplacedGuards(document: DocumentNode): string[] {
  const faults: string[] = []
  visit(document, {
    Directive(node, _key, _parent, _path, ancestors) {
      const [, ...nodes] = ancestors.filter(isNode)
      const name = node.name.value
      if (!GUARDS.has(name) || nodes.at(-1)?.kind === Kind.FIELD_DEFINITION) return
      faults.push(`${namePlace(nodes)} has @${name}, which guards nothing there: it goes on the fields of a type`)
    },
  })
  return faults
}
