/** What a reader of the code stumbles over, measured on its text: how functions are named, how long they are, how much is comment. */

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

const DECLARATION =
  /^( *)(?:export )?(?:default )?(?:async )?(?:function\*? (\w+)|(?:const|let) (\w+)(?:: [^=\n]+)? = (?:async )?(?:\([^=]*?\)|\w+)(?:: [^=\n]+)? =>|(?:override |static |async |get |set |readonly )*([#\w]+)(?: = )?\([^;\n]*\)(?:: [^\n]+)? \{$)/gm

const KEYWORDS = new Set([
  'if',
  'for',
  'while',
  'switch',
  'catch',
  'constructor',
  'return',
  'function',
  'super',
  'get',
  'set',
])

/** Lists the functions of a source that its text declares, in order. */
export function listFunctions(text: string): FunctionSize[] {
  const lines = text.split('\n')
  return [...text.matchAll(DECLARATION)].flatMap(
    ({ index, 0: head, 1: indent = '', 2: plain, 3: arrow, 4: method }) => {
      const name = (plain ?? arrow ?? method ?? '').replace('#', '')
      if (name === '' || KEYWORDS.has(name)) return []
      const first = text.slice(0, index).split('\n').length - 1
      const last = lines.findIndex(
        (line, number) => number >= first + head.split('\n').length - 1 && new RegExp(`^${indent}[\\])}]`).test(line),
      )
      return [{ name, lines: last < first ? 1 : last - first + 1 }]
    },
  )
}

/** Returns the share of a source's lines that are comments. */
export function measureComments(text: string): { comments: number; lines: number } {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return { comments: lines.filter((line) => /^\s*(?:\/\/|\/\*|\*)/.test(line)).length, lines: lines.length }
}
