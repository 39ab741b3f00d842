/** A line of the comparison. `ratio` is Gatehouse by stock; `wanted` says in which direction it is good. */
export interface Row {
  what: string
  unit: string
  gatehouse: number
  stock: number
  ratio: number
  wanted: 'more' | 'less'
}

/** The middle of a list, or the mean of its two middles. */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  const upper = sorted[half] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2
}

/** Compares two sides measured in the same rounds: medians of each, and the median of the rounds' own ratios. */
export function compare(row: Pick<Row, 'what' | 'unit' | 'wanted'>, gatehouse: number[], stock: number[]): Row {
  const ratios = gatehouse.map((value, round) => value / (stock[round] ?? Number.NaN))
  return { ...row, gatehouse: median(gatehouse), stock: median(stock), ratio: median(ratios) }
}

/** Prints rows as a table, a title above. */
export function printTable(title: string, rows: Row[]): void {
  const lines = [
    ['', 'Gatehouse', 'stock', 'ratio', 'good is'],
    ...rows.map(({ what, unit, gatehouse, stock, ratio, wanted }) => [
      what,
      `${figure(gatehouse)} ${unit}`,
      `${figure(stock)} ${unit}`,
      Number.isFinite(ratio) ? `× ${ratio.toFixed(2)}` : '-',
      wanted,
    ]),
  ]
  printLines(title, lines)
}

/** Prints lines in columns, a title above; the first column keeps to the left, the others to the right. */
export function printLines(title: string, lines: string[][]): void {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  console.log(`\n${title}`)
  for (const [what = '', ...cells] of lines) {
    const padded = cells.map((cell, column) => cell.padStart(widths[column + 1] ?? 0))
    console.log([what.padEnd(widths[0] ?? 0), ...padded].join('   '))
  }
}

function figure(value: number): string {
  if (!Number.isFinite(value)) return '-'
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}
