import type { Git } from './git.ts'

/** A version of Gatehouse, as its annotated tag tells of it. */
export interface Release {
  readonly tag: string
  /** As YYYY-MM-DD. */
  readonly date: string
  readonly subject: string
  /** Whether it closes a hole: its tag has a line that begins with "Security:". */
  readonly isSecurity: boolean
}

/** Semantic Versioning 2.0.0, without pre-releases: nobody upgrades to one of those by accident. */
const TAG = /^v(\d+)\.(\d+)\.(\d+)$/
const SECURITY = /^security:/im
const FIELD = '\u001f'
const RECORD = '\u001e'
const FORMAT = ['%(refname:short)', '%(objecttype)', '%(creatordate:short)', '%(contents)'].join(FIELD) + RECORD

const readNumbers = (tag: string): number[] => (TAG.exec(tag) ?? []).slice(1).map(Number)

/** Tells whether one version comes after another. */
export function isNewer(tag: string, than: string): boolean {
  const [numbers, others] = [readNumbers(tag), readNumbers(than)]
  const index = numbers.findIndex((number, place) => number !== others[place])
  return index !== -1 && (numbers[index] ?? 0) > (others[index] ?? 0)
}

/** Lists the versions that are known here, the oldest first. A tag without an annotation is no version. */
export function listReleases(git: Git): Release[] {
  return git
    .run('for-each-ref', 'refs/tags', `--format=${FORMAT}`)
    .split(RECORD)
    .map((record) => record.trim().split(FIELD))
    .filter(([tag = '', type]) => TAG.test(tag) && type === 'tag')
    .map(([tag = '', , date = '', text = '']) => ({
      ...{ tag, date },
      subject: text.split('\n')[0] ?? '',
      isSecurity: SECURITY.test(text),
    }))
    .sort((one, other) => (isNewer(one.tag, other.tag) ? 1 : -1))
}

/** Finds the version that this checkout is built on: the newest that it contains. */
export function findCurrent(git: Git, releases: readonly Release[]): Release | null {
  const contained = new Set(git.list('tag', '--merged', 'HEAD'))
  return releases.findLast(({ tag }) => contained.has(tag)) ?? null
}
