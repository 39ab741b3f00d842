import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { DAYS, HOURS, KIB, MINUTES, SECONDS } from '../../src/units.ts'

const HTTP = new URL('../../src/http/', import.meta.url)
const README = readFileSync(new URL('README.md', HTTP), 'utf8')
const UNITS = { SECONDS, MINUTES, HOURS, DAYS, KIB }
/** What a unit of the table is in the unit of its constant. A hash's memory is counted in KiB. */
const FACTORS: Record<string, number> = { '': 1, s: SECONDS, min: MINUTES, KiB: KIB, MiB: KIB * KIB }

interface Row {
  limit: string
  value: number
  file: string
  name: string
}

const rows: Row[] = [...README.matchAll(/^\| ([^|]+) \| ([\d,]+) ?(\w*) \| `([^`]+)`: `(\w+)` \|$/gm)].map(
  ([, limit = '', digits = '', unit = '', file = '', name = '']) => {
    const factor = (FACTORS[unit] ?? Number.NaN) / (name === 'memoryCost' ? KIB : 1)
    return { limit, value: Number(digits.replaceAll(',', '')) * factor, file, name }
  },
)

/** Computes a constant or a property from its text: a product of numbers and units. */
function compute(text: string, name: string): number {
  const [, product = ''] = new RegExp(`\\b${name}(?: =|:) ([\\w. *]+)`).exec(text) ?? []
  return product
    .split('*')
    .map((factor) => factor.trim())
    .map((factor) => UNITS[factor as keyof typeof UNITS] ?? Number(factor.replaceAll('_', '')))
    .reduce((one, other) => one * other)
}

test('the numbers of the README are all that its table has a row for', () => {
  const [, table = ''] = README.split('## The numbers')
  expect(rows.length).toBe((table.split('\nLeft to')[0]?.match(/^\| (?!limit|---)/gm) ?? []).length)
  expect(rows.length).toBeGreaterThan(25)
})

test.each(rows)('the number of the README is that of the code: $limit', ({ value, file, name }) => {
  expect(value).toBeGreaterThan(0)
  expect(value).toBe(compute(readFileSync(new URL(file, HTTP), 'utf8'), name))
})

test('the README has no other numbers with a unit than in that table and in what is promised: an answer within 5 s', () => {
  const [before = '', rest = ''] = README.split('## The numbers')
  const prose = before + rest.slice(rest.indexOf('\nLeft to'))
  expect(prose.match(/\b\d[\d,.]* (?:s|min|minutes|hours|KiB|MiB|MB|bytes|passes)\b/g)).toEqual(['5 s'])
})
