// Takes a new version of Gatehouse into a clone: `npm run upgrade -- --check`, `npm run upgrade -- v1.2.3`.
import { parseArgs } from 'node:util'
import { Git, GitError } from './upgrade/git.ts'
import { listForeignChanges } from './upgrade/own-changes.ts'
import { findCurrent, isNewer, listReleases, type Release } from './upgrade/releases.ts'

const USAGE = `Usage: npm run upgrade -- --check [--json]   how far behind this checkout is
       npm run upgrade -- TAG              merges a version

--remote NAME names the remote that has Gatehouse: "upstream" where there is one, else "origin".`

/** What stands in the way; the message says what to do. */
class UpgradeError extends Error {}

function readWords() {
  const options = {
    check: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    remote: { type: 'string' },
  } as const
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true })
    const [tag, ...more] = positionals
    if (more.length > 0 || values.check === (tag !== undefined)) throw new Error()
    return { ...values, tag }
  } catch {
    throw new UpgradeError(USAGE)
  }
}

function fetchTags(git: Git, named: string | undefined): void {
  const remotes = git.list('remote')
  const remote = named ?? (remotes.includes('upstream') ? 'upstream' : 'origin')
  if (!remotes.includes(remote)) {
    throw new UpgradeError(`There is no remote ${remote}. Add the one that has Gatehouse: git remote add upstream URL`)
  }
  git.run('fetch', '--quiet', '--tags', remote)
}

const describeRelease = ({ tag, date, subject, isSecurity }: Release): string =>
  `  ${tag}  ${date}  ${subject}${isSecurity ? '  (closes a hole)' : ''}`

/** Says how far behind the checkout is. Returns false if a version that closes a hole is missing. */
function check(git: Git, releases: readonly Release[], current: Release, isJson: boolean): boolean {
  const missing = releases.filter(({ tag }) => isNewer(tag, current.tag))
  const isSafe = !missing.some(({ isSecurity }) => isSecurity)
  const last = missing.at(-1)
  const commits = last ? Number(git.run('rev-list', '--count', `HEAD..${last.tag}`)) : 0
  if (isJson) {
    process.stdout.write(`${JSON.stringify({ current: current.tag, missing, commits, isSafe })}\n`)
    return isSafe
  }
  const lines = last
    ? [
        `On ${current.tag}, ${commits} commits behind:`,
        ...missing.map(describeRelease),
        `npm run upgrade -- ${last.tag}`,
      ]
    : [`On ${current.tag}, the newest version.`]
  process.stdout.write(`${lines.join('\n')}\n`)
  return isSafe
}

/** @throws UpgradeError if the merge would lose or mix up something */
function assertMergeable(git: Git, release: Release, current: Release): void {
  if (!isNewer(release.tag, current.tag)) throw new UpgradeError(`This checkout is on ${current.tag} already.`)
  if (git.list('status', '--porcelain').length > 0) {
    throw new UpgradeError('There are changes that are not committed. Commit them first, so that nothing is lost.')
  }
  const foreign = listForeignChanges(git, release.tag)
  if (foreign.length === 0) return
  throw new UpgradeError(
    `These files belong to Gatehouse and were changed here, so the merge needs you: git merge ${release.tag}\n` +
      foreign.map((path) => `  ${path}`).join('\n'),
  )
}

function merge(git: Git, { tag }: Release): void {
  try {
    git.run('merge', '--no-edit', tag)
  } catch (error) {
    const conflicts = git.list('diff', '--name-only', '--diff-filter=U')
    if (conflicts.length === 0) throw error
    git.run('merge', '--abort')
    throw new UpgradeError(
      `Both sides have changed these files, so nothing was merged. Do it by hand: git merge ${tag}\n` +
        conflicts.map((path) => `  ${path}`).join('\n'),
    )
  }
  process.stdout.write(`${tag} is merged. Now: npm ci && npm run validate && npm test\n`)
}

function main(): void {
  const { tag, json, remote } = readWords()
  const git = new Git(process.cwd())
  fetchTags(git, remote)
  const releases = listReleases(git)
  const current = findCurrent(git, releases)
  if (!current) throw new UpgradeError('This checkout contains no version of Gatehouse: a shallow clone lacks them.')
  if (tag === undefined) {
    if (!check(git, releases, current, json)) process.exitCode = 1
    return
  }
  const release = releases.find((one) => one.tag === tag)
  if (!release) throw new UpgradeError(`${tag} is no version of Gatehouse: its tags are annotated, such as v1.2.3.`)
  assertMergeable(git, release, current)
  merge(git, release)
}

try {
  main()
} catch (error) {
  if (!(error instanceof UpgradeError || error instanceof GitError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
