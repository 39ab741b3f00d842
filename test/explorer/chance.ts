/** Who draws from chance, and how often they have. */
export interface Drawer {
  readonly name: string
  drawn: number
}

let drawer: Drawer | null = null

/** From now on what is drawn is this one's. */
export function drawAs(one: Drawer): void {
  drawer = one
}

function draw(): string {
  if (!drawer) throw new Error('Nobody may draw now')
  drawer.drawn += 1
  return `${drawer.name}${drawer.drawn}.`
}

/**
 * Chance that repeats itself, in the place of node:crypto's: a verb that is made again up to one of its steps draws the
 * same ids again. No two of a run are equal, and that is all that the domain asks of them.
 */
export const repeatable = {
  randomBytes: (size: number) => Buffer.alloc(size, draw()),
  randomUUID: () => `random ${draw()}`,
}
