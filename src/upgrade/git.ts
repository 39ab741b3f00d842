import { execFileSync } from 'node:child_process'

/** What git answered to a command that it could not carry out. */
export class GitError extends Error {}

/** Git in one directory. */
export class Git {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  /**
   * Runs git, and returns what it prints.
   * @throws GitError with git's own words
   */
  run(...args: string[]): string {
    try {
      return execFileSync('git', args, {
        ...{ cwd: this.#directory, encoding: 'utf8' },
        stdio: ['ignore', 'pipe', 'pipe'],
      }).trim()
    } catch (error) {
      const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string }
      throw new GitError(stderr.trim() || stdout.trim() || `git ${args[0]} failed`)
    }
  }

  /** Runs git, and returns the lines that it prints. */
  list(...args: string[]): string[] {
    return this.run(...args)
      .split('\n')
      .filter(Boolean)
  }
}
