/** One measure of several sides. The first is the one that is judged, the second the one that the others are compared to. */
export interface Row {
  what: string
  unit: string
  wanted: 'more' | 'less'
  /** The figures of each side, round by round. */
  sides: number[][]
}

/** The value below which a share of the list lies. */
export function quantile(values: Iterable<number>, share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** The middle of a list, or the mean of its two middles. */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  const upper = sorted[half] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2
}

/** Tells a ratio of the same rounds: its median, and between which values the middle half of them lies. */
function describeRatio(side: number[], base: number[]): string {
  const ratios = side.map((value, round) => value / (base[round] ?? Number.NaN)).filter(Number.isFinite)
  if (ratios.length === 0) return '-'
  const [low, high] = [quantile(ratios, 0.25), quantile(ratios, 0.75)]
  return `× ${median(ratios).toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`
}

/** Prints rows as a table, a title above: the medians of all sides, and each side's ratio to the second. */
export function printTable(title: string, names: string[], rows: Row[]): void {
  const compared = names.flatMap((name, index) => (index === 1 ? [] : [{ name, index }]))
  const lines = [
    ['', ...names, ...compared.map(({ name }) => `${name} by ${names[1]}`), 'good is'],
    ...rows.map(({ what, unit, wanted, sides }) => [
      what,
      ...sides.map((side) => `${figure(median(side))} ${unit}`),
      ...compared.map(({ index }) => describeRatio(sides[index] ?? [], sides[1] ?? [])),
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
