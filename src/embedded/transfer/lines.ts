import { closeSync, createReadStream, existsSync, fstatSync, openSync, readSync, truncateSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { type Document, EJSON } from 'bson'

/** The line that opens a collection in an export; the lines behind it are its documents. */
export interface Header {
  readonly collection: string
  readonly indexes: readonly Document[]
}

export type Line = { readonly header: Header } | { readonly document: Document }

/** Every type is written out, so that it comes back as it was. */
export function headerLine({ collection, indexes }: Header): string {
  return `${EJSON.stringify({ $collection: collection, indexes }, { relaxed: false })}\n`
}

export function documentLine(document: Document): string {
  return `${EJSON.stringify(document, { relaxed: false })}\n`
}

/** The lines of an export, one after the other. */
export async function* linesOf(file: string): AsyncGenerator<Line, undefined> {
  let number = 0
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    number++
    if (text !== '') yield lineOf(text, `${file}:${number}`)
  }
}

function lineOf(text: string, where: string): Line {
  let parsed: Document
  try {
    parsed = EJSON.parse(text, { relaxed: false }) as Document
  } catch {
    throw new Error(
      `${where} is not Extended JSON; was the export cut short? Run the export again: it goes on where it stopped.`,
    )
  }
  if (typeof parsed.$collection !== 'string') return { document: parsed }
  return { header: { collection: parsed.$collection, indexes: (parsed.indexes ?? []) as Document[] } }
}

/** Where an export stopped: what is behind the last whole line is cut off. */
export async function resumePoint(
  file: string,
): Promise<{ collection: string; last: Document | undefined } | undefined> {
  if (!existsSync(file)) return undefined
  cutIncompleteLine(file)
  let point: { collection: string; last: Document | undefined } | undefined
  for await (const line of linesOf(file)) {
    if ('header' in line) point = { collection: line.header.collection, last: undefined }
    else if (point !== undefined) point.last = line.document
  }
  return point
}

function cutIncompleteLine(file: string): void {
  const handle = openSync(file, 'r')
  let end = fstatSync(handle).size
  const chunk = Buffer.alloc(64 * 1024)
  try {
    while (end > 0) {
      const start = Math.max(0, end - chunk.length)
      const read = readSync(handle, chunk, 0, end - start, start)
      const newline = chunk.lastIndexOf(10, read - 1)
      if (newline !== -1 && newline < read) {
        end = start + newline + 1
        break
      }
      end = start
    }
  } finally {
    closeSync(handle)
  }
  truncateSync(file, end)
}
