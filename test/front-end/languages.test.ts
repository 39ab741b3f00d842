// Each sentence of the pages stands in English where it is shown. The other languages have all of them, and no others.
import { readdirSync, readFileSync } from 'node:fs'
import { parseAst } from 'vite'
import { describe, expect, test } from 'vitest'
import { ERRORS } from '../../src/errors.ts'
import { PROBLEM_MESSAGES } from '../../src/graphql/results.ts'
import { LOCALES } from '../../src/locales.ts'

const sources = new URL('../../src/', import.meta.url)
const consoleDirectory = new URL('console/', sources)

interface Node {
  type: string
  [key: string]: unknown
}

const isNode = (value: unknown): value is Node => typeof (value as Node | null)?.type === 'string'

function* visit(node: Node, parents: readonly Node[] = []): Generator<[Node, readonly Node[]]> {
  yield [node, parents]
  for (const child of Object.values(node).flat()) if (isNode(child)) yield* visit(child, [...parents, node])
}

const files = readdirSync(consoleDirectory, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !/^gql|graphiql|fetcher|tabs/.test(file))
  .map((file) => {
    const text = readFileSync(new URL(file.replaceAll('\\', '/'), consoleDirectory), 'utf8')
    return { file, nodes: [...visit(parseAst(text, { lang: file.endsWith('x') ? 'tsx' : 'ts' }) as unknown as Node)] }
  })

/** What a call of `t` or a `Translated` says; null where the sentence is not written there. */
function readSentence({ type, ...node }: Node): string | null | undefined {
  if (type === 'CallExpression' && (node.callee as Node).name === 't') {
    const [sentence] = node.arguments as Node[]
    return sentence?.type === 'Literal' ? String(sentence.value) : null
  }
  if (type === 'JSXOpeningElement' && (node.name as Node).name === 'Translated') {
    const text = (node.attributes as Node[]).find(({ name }) => (name as Node).name === 'text')
    return text && String((text.value as Node).value)
  }
  return undefined
}

const said = files.flatMap(({ nodes }) => nodes.map(([node]) => readSentence(node)))
const sentences = new Set(said.filter((sentence) => typeof sentence === 'string'))

/** Messages of the service and of the kit that the pages show. Those of requests that no page makes are left out. */
const ownRequestsOnly =
  /GraphQL|schema|JSON|HTTP|method|body|Send |rejected|argument|Try again later|temporarily|became/
const messages = [...Object.values(PROBLEM_MESSAGES), ...Object.values(ERRORS).map(({ message }) => message)].filter(
  (message) => !ownRequestsOnly.test(message),
)

const readPages = (locale: string): Record<string, string> =>
  JSON.parse(readFileSync(new URL(`texts/${locale}.json`, sources), 'utf8')).pages

const findGaps = (text: string) => (text.match(/\{\{\w+\}\}/g) ?? []).sort()

const others = LOCALES.slice(1)

describe.each(others)('in %s', (locale) => {
  const pages = readPages(locale)

  test('no sentence of the pages is missing', () => {
    expect(sentences.size).toBeGreaterThan(200)
    expect([...sentences, ...messages].filter((sentence) => !pages[sentence])).toEqual([])
  })

  test('no sentence is left over', () => {
    const texts = readdirSync(sources, { recursive: true, encoding: 'utf8' })
      .filter((file) => /^(client|domain|graphql|console)/.test(file) && /\.tsx?$/.test(file))
      .map((file) => readFileSync(new URL(file.replaceAll('\\', '/'), sources), 'utf8'))
      .join('\n')
    const known = (key: string) =>
      sentences.has(key) || messages.some((message) => message === key) || texts.includes(`'${key}'`)
    expect(Object.keys(pages).filter((key) => !known(key))).toEqual([])
  })

  test('each sentence has the gaps of the English one', () => {
    for (const [key, text] of Object.entries(pages)) expect([key, findGaps(text)]).toEqual([key, findGaps(key)])
  })
})

const ATTRIBUTES = ['title', 'description', 'label', 'hint', 'submit', 'action', 'lead', 'placeholder', 'aria-label']
const NAMES = ['GraphiQL']

test('no text of the pages stands outside of what is translated', () => {
  const bare = files.flatMap(({ file, nodes }) =>
    nodes.flatMap(([node, parents]) => {
      const attribute = parents.at(-1)
      const isText = node.type === 'JSXText'
      const isAttribute =
        node.type === 'Literal' &&
        attribute?.type === 'JSXAttribute' &&
        ATTRIBUTES.includes(String((attribute.name as Node).name))
      const text = String(node.value ?? '').trim()
      return (isText || isAttribute) && /\p{L}{2}/u.test(text) && !NAMES.includes(text) ? [`${file}: ${text}`] : []
    }),
  )
  expect(bare).toEqual([])
})
