/** What a reader stumbles over, measured: how functions are named, how long they are, how much is comment. */

import { parseSync } from 'vite'

/** A function with its name and the number of its lines. */
export interface FunctionSize {
  name: string
  lines: number
}

/** Verbs that begin a function's name, besides those of questions (is, has, can). */
const VERBS =
  `abort accept act activate add admit advance allow amount answer append apply arrange ask assert assign authenticate
  authorize await begin bind build bump call cancel change check choose claim clean clear close collapse collect combine compare complete
  compute confirm connect consume convert copy count create cut decide decode decrement define delete demote derive descend
  describe destroy detect digest disable discard drain drop emit enable encode end enqueue ensure enter equal escape estimate
  evaluate execute exit expand expect explain export express extend extract fail fetch fill filter find finish fire flatten flush fold follow
  forget format forward free gather generate get give go grant group grow guard handle hash hold identify ignore import increment index
  infer init insert inspect install invalidate invoke issue iterate join judge keep lay lease leave let limit list listen load lock
  log look make map mark match measure meet merge migrate move name need negotiate normalize note notify number observe open order
  pad page parse pass patch pause pick place plan play poll pop prefer prepare prevent print probe produce project promise prove
  prune publish pull push put queue quit quote race raise read reauthenticate recover redirect reduce refuse register reject release reload remember
  remove rename render repair repeat replace reply report request require reset resolve respond rest restart restore resume
  rethrow retire retry return reuse revoke rewrite roll rotate round run sample save say scan schedule search seed select send
  serialize serve set settle share shorten show shrink sign signup login logout skip slice sort spend split spread start stop store
  strip submit subscribe sum swap sweep take tell test throw time to toggle touch track transform translate trim truncate try turn undo
  unlink unlock unserialize unset unwrap update upgrade use validate verify visit wait wake walk warn watch withdraw wrap write yield`
    .split(/\s+/)
    .map((verb) => verb.trim())

const startsWithVerb = new RegExp(`^(?:is|has|can|on|${VERBS.join('|')})(?![a-z])`)
const endsInPreposition = /[a-z](?:Of|In)$/

export const isVerbFirst = (name: string): boolean => startsWithVerb.test(name)
export const isPrepositional = (name: string): boolean =>
  endsInPreposition.test(name) && !/(?:logIn|signIn|LogIn|SignIn|isIn)$/.test(name)

/** A node of the syntax tree (ESTree). */
interface Node {
  type: string
  start: number
  end: number
  key?: Node & { name?: string; value?: string }
  id?: (Node & { name?: string }) | null
  init?: Node | null
  value?: Node
}

const isNode = (value: unknown): value is Node => typeof (value as Node | null)?.type === 'string'
const isFunction = (node: Node | null | undefined): node is Node =>
  node?.type === 'ArrowFunctionExpression' || node?.type === 'FunctionExpression'

/** Returns the function that a node gives a name of its own, with the name; null if it names none. */
function findNamed(node: Node): { name: string; body: Node } | null {
  const { type, id, key, init, value } = node
  if (type === 'FunctionDeclaration') return id?.name ? { name: id.name, body: node } : null
  if (type === 'VariableDeclarator') return isFunction(init) && id?.name ? { name: id.name, body: node } : null
  const isMember = type === 'MethodDefinition' || type === 'PropertyDefinition'
  return isMember && isFunction(value) && key?.name && key.name !== 'constructor'
    ? { name: key.name, body: node }
    : null
}

/** Lists the functions of a source that have a name of their own, in order. */
export function listFunctions(path: string, text: string): FunctionSize[] {
  const found: FunctionSize[] = []
  const visit = (value: unknown): void => {
    const named = isNode(value) ? findNamed(value) : null
    if (named) found.push({ name: named.name, lines: text.slice(named.body.start, named.body.end).split('\n').length })
    if (Array.isArray(value) || isNode(value)) Object.values(value).forEach(visit)
  }
  visit(parseSync(path, text).program)
  return found
}

/** Returns the share of a source's lines that are comments. */
export function measureComments(text: string): { comments: number; lines: number } {
  const lines = text.split('\n')
  return { comments: lines.filter((line) => /^\s*(?:\/\/|\/\*|\*)/.test(line)).length, lines: lines.length }
}
