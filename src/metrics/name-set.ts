/** The label of all that has none of its own. */
const OTHERS = 'other'

/** Creates a set of at most `max` names, in which only what went well takes a place. */
export function createNameSet(max: number) {
  const names = new Set<string>()
  return {
    /** Returns the name, or the label of the others. */
    admit(name: string, mayTakePlace: boolean): string {
      if (names.has(name)) return name
      if (!mayTakePlace || names.size >= max) return OTHERS
      names.add(name)
      return name
    },
  }
}
