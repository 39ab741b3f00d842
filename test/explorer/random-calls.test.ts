import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { beginning, calls, Dice } from './contract/calls.ts'
import { ANN, BEN, type Kind, memoryKind, NOBODY, realKind } from './contract/kit.ts'

let kinds: readonly [Kind, Kind]
beforeAll(async () => {
  kinds = [await memoryKind(), await realKind()]
})
afterAll(() => Promise.all(kinds.map((kind) => kind.close())))

type Method = (typeof beginning)[number]
const METHODS = Object.entries(calls).flatMap(([port, methods]) =>
  Object.entries<Method[2]>(methods).map(([method, args]): Method => [port, method, args]),
)
const numbers = fc.array(fc.nat(59), { minLength: 12, maxLength: 12 })
const random = fc.array(fc.tuple(fc.constantFrom(...METHODS), numbers), { minLength: 20, maxLength: 30 })
const sequences = fc
  .tuple(fc.tuple(...beginning.map((method) => fc.tuple(fc.constant(method), numbers))), random)
  .map(([first, rest]) => [...first, ...rest])

/** Somebody who makes calls, and calls mails by the order in which they came: their ids are each kind's own. */
function caller({ ports }: Kind) {
  const ids: string[] = []
  const known = (argument: unknown) =>
    typeof argument === 'string' && argument.startsWith('mail ')
      ? (ids.at(-1 - Number(argument.slice(5))) ?? NOBODY)
      : argument
  const named = (result: unknown): unknown => {
    if (typeof result === 'string' && ids.includes(result)) return `mail ${ids.indexOf(result)}`
    const id = typeof result === 'object' && result !== null && 'id' in result ? named(result.id) : null
    return id ? { ...(result as object), id } : result
  }
  return async (port: string, method: string, args: readonly unknown[]): Promise<unknown> => {
    const target = Reflect.get(ports, port)
    try {
      const result: unknown = await Reflect.get(target, method).apply(target, args.map(known))
      if (port === 'mails' && method === 'insert') ids.push(String(result))
      return named(result)
    } catch (error) {
      return String(error).includes('E11000') ? 'E11000' : error
    }
  }
}

/** Reads all that can be read. */
const READS = [
  ...[ANN, BEN, NOBODY].map((id) => ['users', 'findById', [id]] as const),
  ...[0, 1, 2, 3, 4].map((number) => ['store', 'get', [`s${number}`]] as const),
  ...['h1', 'h2'].map((hash) => ['tokens', 'findByHash', [hash]] as const),
  ...[['mails', 'count', []] as const, ['mails', 'findNextDue', []] as const],
]

const SEED = Number(process.env.SEED ?? Date.now() % 1e9)

test(`Random calls are answered in memory as by the database, and leave the same (seed ${SEED})`, async () => {
  await fc.assert(
    fc.asyncProperty(sequences, async (sequence) => {
      await Promise.all(kinds.map((kind) => kind.clear()))
      const [here, there] = [caller(kinds[0]), caller(kinds[1])]
      const made: string[] = []
      const compare = async (port: string, method: string, args: readonly unknown[]) => {
        made.push(`${port}.${method}(${JSON.stringify(args).slice(1, -1)})`)
        const answers = await Promise.all([here(port, method, args), there(port, method, args)])
        expect(answers[0], made.join('\n')).toEqual(answers[1])
      }
      for (const [call, [[port, method, args], numbers]] of sequence.entries()) {
        await compare(port, method, args(new Dice(numbers, call + 1)))
      }
      for (const [port, method, args] of READS) await compare(port, method, args)
    }),
    { seed: SEED, numRuns: 20, endOnFailure: true },
  )
})
