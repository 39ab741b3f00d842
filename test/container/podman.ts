// Podman for a user without rights (rootless), so that neither the build nor the image can do more than that user.
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { chownSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Has subordinate user ids on a machine that builds images. */
const BUILDER = 'image-builder'
const TOOLS = ['podman', 'runc', 'debootstrap', 'setpriv']
/** Podman's own limits can be above what the machine lets anybody have. */
const FILE_LIMIT = ['--ulimit', 'nofile=4096:4096']
/** Nothing but /data and /tmp can be written, as in the composition. No timer: a test asks for the health itself. */
const RUN = [
  ...[...FILE_LIMIT, '--ulimit', 'nproc=4096:4096', '--network', 'host', '--health-interval', 'disable'],
  ...['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--tmpfs', '/tmp'],
]

const hasBuilder = () => readFileSync('/etc/subuid', 'utf8').includes(`${BUILDER}:`)

/** Whether this machine has all that it takes: root for the base, the tools, and the user. */
export const canBuildImages = (): boolean =>
  process.getuid?.() === 0 && TOOLS.every((tool) => spawnSync(tool, ['--version']).status === 0) && hasBuilder()

const readId = (option: string): number => Number(execFileSync('id', [option, BUILDER], { encoding: 'utf8' }))

/** Podman with its images, containers and volumes in one directory. */
export class Podman {
  readonly #home: string

  constructor(home: string) {
    this.#home = home
    for (const directory of [home, join(home, 'run')]) {
      mkdirSync(directory, { mode: 0o700, recursive: true })
      chownSync(directory, readId('-u'), readId('-g'))
    }
  }

  /** Returns what a command of Podman prints; rejects with what it says if it fails. */
  async run(...words: string[]): Promise<string> {
    const stores = ['--root', join(this.#home, 'images'), '--runroot', join(this.#home, 'run/containers')]
    const podman = ['podman', ...stores, '--storage-driver', 'overlay', '--runtime', 'runc', ...words]
    const { stdout } = await promisify(execFile)(
      'setpriv',
      ['--reuid', BUILDER, '--regid', BUILDER, '--init-groups', ...podman],
      {
        cwd: '/',
        env: { PATH: process.env.PATH, HOME: this.#home, XDG_RUNTIME_DIR: join(this.#home, 'run'), TMPDIR: this.#home },
        maxBuffer: 64 * 1024 * 1024,
      },
    )
    return stdout.trim()
  }

  /** Builds the image of a checkout from bases that are here. */
  build(checkout: string, tag: string): Promise<string> {
    const docker = join(checkout, '.docker')
    const files = ['--file', join(docker, 'Dockerfile'), '--ignorefile', join(docker, 'Dockerfile.dockerignore')]
    const options = ['--pull=never', '--layers=false', '--network', 'host', '--format', 'docker', ...FILE_LIMIT]
    return this.run('build', ...options, ...files, '--tag', tag, checkout)
  }

  /** Starts a container, and returns its id. */
  start(image: string, volume: string, settings: Record<string, string>): Promise<string> {
    const environment = Object.entries(settings).flatMap(([name, value]) => ['--env', `${name}=${value}`])
    return this.run('run', '--detach', ...RUN, '--volume', `${volume}:/data`, ...environment, image)
  }

  /** Runs a command in a container of its own, and returns what it prints. */
  runOnce(image: string, ...command: string[]): Promise<string> {
    return this.run('run', '--rm', ...RUN, image, ...command)
  }

  /** Runs the image's health check, and returns whether it passes. */
  isHealthy(container: string): Promise<boolean> {
    return this.run('healthcheck', 'run', container).then(
      () => true,
      () => false,
    )
  }

  /** Asks a container to end, and returns its exit code. */
  async stop(container: string): Promise<number> {
    await this.run('stop', container)
    return Number(await this.run('inspect', '--format', '{{.State.ExitCode}}', container))
  }

  /** Ends all containers, and Podman's own process. */
  async close(): Promise<void> {
    await this.run('rm', '--all', '--force', '--volumes')
    await this.run('system', 'migrate')
  }
}
