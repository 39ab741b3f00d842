/** Values as short texts, equal where the values are: documents and collections never change, so each is read once. */
const numbers = new Map<string, string>()
const known = new WeakMap<object, string>()

function writeNumber(text: string): string {
  const number = numbers.get(text) ?? `#${numbers.size}`
  numbers.set(text, number)
  return number
}

export function writeText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(JSON.stringify(value))
  if (Array.isArray(value)) return `[${value.map(writeText).join()}]`
  const text = known.get(value) ?? writeNumber(JSON.stringify(value))
  known.set(value, text)
  return text
}

/** A collection's text, whatever the order in which its documents came. */
export function collectionText(collection: ReadonlyMap<string, object>): string {
  const text = known.get(collection) ?? writeNumber([...collection.values()].map(writeText).sort().join())
  known.set(collection, text)
  return text
}
