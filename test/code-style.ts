/** Measures how functions are named, how long they are, and how many lines are comments. */

import { parseSync } from 'vite'

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
  /^(ArrowFunctionExpression|FunctionExpression|FunctionDeclaration)$/.test(node?.type ?? '')

/** Returns the name that a node gives to a function; null if it names none. */
function findName({ type, id, key, init, value }: Node): string | null {
  if (type === 'FunctionDeclaration') return id?.name ?? null
  if (type === 'VariableDeclarator') return isFunction(init) ? (id?.name ?? null) : null
  const isMember = type === 'MethodDefinition' || type === 'PropertyDefinition'
  return isMember && isFunction(value) && key?.name !== 'constructor' ? (key?.name ?? null) : null
}

/** Visits every node of a source's syntax tree, in order. */
function visitNodes(path: string, text: string, use: (node: Node) => void): void {
  const visit = (value: unknown): void => {
    if (isNode(value)) use(value)
    if (Array.isArray(value) || isNode(value)) Object.values(value).forEach(visit)
  }
  visit(parseSync(path, text).program)
}

/** Lists the names that functions of a source have of their own, in order. */
export function listFunctionNames(path: string, text: string): string[] {
  const names: string[] = []
  visitNodes(path, text, (node) => {
    const name = findName(node)
    if (name) names.push(name)
  })
  return names
}

/** Returns the number of lines of a source's longest function. */
export function measureLongestFunction(path: string, text: string): number {
  let longest = 0
  visitNodes(path, text, (node) => {
    if (isFunction(node)) longest = Math.max(longest, text.slice(node.start, node.end).split('\n').length)
  })
  return longest
}

/** Counts the lines that hold nothing but a comment, and all lines. */
export function countCommentLines(path: string, text: string): { comments: number; lines: number } {
  const commented = new Set<number>()
  for (const { start, end } of parseSync(path, text).comments) {
    const before = text.slice(0, start).split('\n')
    if (before.at(-1)?.trim()) continue
    const height = text.slice(start, end).split('\n').length
    for (let line = 0; line < height; line++) commented.add(before.length + line)
  }
  return { comments: commented.size, lines: text.split('\n').length - 1 }
}
