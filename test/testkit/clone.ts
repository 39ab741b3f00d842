import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTemporaryDirectory, type OnEnd } from './process.ts'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Copies the built service, adds a feature to it as somebody does who builds on it, and returns the copy's main module. */
export function createClone(onEnd: OnEnd, { sdl, feature }: { sdl?: string; feature: string }): string {
  const clone = createTemporaryDirectory(onEnd)
  for (const name of ['dist', 'schema', 'package.json'])
    cpSync(join(ROOT, name), join(clone, name), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'))
  if (sdl) writeFileSync(join(clone, 'schema/app/own.graphql'), sdl)
  mkdirSync(join(clone, 'dist/features/own'))
  writeFileSync(join(clone, 'dist/features/own/feature.js'), feature)
  return join(clone, 'dist/main.js')
}

/** Copies the built service without the example. */
export function copyWithoutExample(onEnd?: OnEnd): string {
  const clone = createTemporaryDirectory(onEnd)
  for (const name of ['dist', 'schema', 'package.json'])
    cpSync(join(ROOT, name), join(clone, name), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'))
  rmSync(join(clone, 'dist/features/notes'), { recursive: true, force: true })
  rmSync(join(clone, 'schema/app'), { recursive: true, force: true })
  return clone
}
