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

/** The instructions of a name in the stage that becomes the image. */
export const listInstructions = (name: string): string[] =>
  (readStages().at(-1) ?? []).filter((one) => one.name === name).map(({ text }) => text)

/** The environment of the image. */
export const readEnvironment = (): Record<string, string> =>
  Object.fromEntries(listInstructions('ENV').flatMap((text) => text.split(' ').map((pair) => pair.split('=', 2))))

/** The command after CMD, in its JSON form. */
export const readCommand = (text: string): string[] => JSON.parse(text.slice(text.indexOf('[')))
