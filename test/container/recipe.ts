import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../testkit/clone.ts'

export interface Instruction {
  name: string
  text: string
}

/** Reads the instructions of the Dockerfile, stage by stage. */
export function readStages(): Instruction[][] {
  const lines = readFileSync(join(ROOT, '.docker/Dockerfile'), 'utf8').replaceAll('\\\n', ' ').split('\n')
  const stages: Instruction[][] = []
  for (const line of lines.filter((one) => one.trim() && !one.startsWith('#'))) {
    const [name = '', ...words] = line.trim().split(/\s+/)
    const instruction = { name, text: words.join(' ') }
    if (name === 'FROM') stages.push([instruction])
    else stages.at(-1)?.push(instruction)
  }
  return stages
}

/** Reads what the Dockerfile begins with: Node of a major version on a suite of Debian. */
export function readBase(): { name: string; major: string; suite: string } {
  const [, name = ''] = /^(\S+) AS build$/.exec(readStages()[0]?.[0]?.text ?? '') ?? []
  const [, major, suite] = /^node:(\d+)-(\w+)-slim$/.exec(name) ?? []
  if (!major || !suite) throw new Error(`No base is known for "${name}"`)
  return { name, major, suite }
}

/** The instructions of a name in the stage that becomes the image. */
export const listInstructions = (name: string): string[] =>
  (readStages().at(-1) ?? []).filter((one) => one.name === name).map(({ text }) => text)

/** The environment of the image. */
export const readEnvironment = (): Record<string, string> =>
  Object.fromEntries(listInstructions('ENV').flatMap((text) => text.split(' ').map((pair) => pair.split('=', 2))))

/** The command after CMD, in its JSON form. */
export const readCommand = (text: string): string[] => JSON.parse(text.slice(text.indexOf('[')))
