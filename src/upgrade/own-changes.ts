import type { Git } from './git.ts'

/** Where a clone's own code, words and settings stand; all else belongs to Gatehouse. */
const OWN = [
  /^schema\/app\//,
  /^src\/features\/[^/]+\//,
  /^src\/texts\//,
  /^test\/app\//,
  /^\.(docker|github)\//,
  /^(README\.md|LICENSE|\.env.*)$/,
]

/** Lists the files of Gatehouse that this checkout has changed since a version. */
export const listForeignChanges = (git: Git, tag: string): string[] =>
  git
    .list('diff', '--name-only', '--no-renames', git.run('merge-base', 'HEAD', tag), 'HEAD')
    .filter((path) => !OWN.some((own) => own.test(path)))
