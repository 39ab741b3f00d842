import { execFile, execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Podman } from './podman.ts'
import type { readBase } from './recipe.ts'

const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt'

const run = promisify(execFile)

/** Copies Node's published program, and the npm of this machine. */
async function addNode(rootfs: string, directory: string, major: string): Promise<void> {
  const name = `node-linux-${process.arch}`
  await run('npm', ['install', '--no-save', '--prefix', directory, `${name}@${major}`], { cwd: directory })
  cpSync(join(directory, 'node_modules', name, 'bin/node'), join(rootfs, 'usr/local/bin/node'))
  const modules = join(rootfs, 'usr/local/lib/node_modules')
  cpSync(join(execFileSync('npm', ['root', '--global'], { encoding: 'utf8' }).trim(), 'npm'), join(modules, 'npm'), {
    recursive: true,
  })
  for (const program of ['npm', 'npx'])
    symlinkSync(`../lib/node_modules/npm/bin/${program}-cli.js`, join(rootfs, 'usr/local/bin', program))
}

/** Makes what the Dockerfile begins with, from Debian's packages and Node's, in a directory of its own. */
export async function makeBaseImage(
  podman: Podman,
  { name, major, suite }: ReturnType<typeof readBase>,
  directory: string,
): Promise<void> {
  const [rootfs, packed] = [join(directory, 'rootfs'), join(directory, 'base.tar')]
  mkdirSync(directory)
  await run('debootstrap', ['--variant=minbase', '--include=ca-certificates', suite, rootfs])
  await addNode(rootfs, directory, major)
  await run('chroot', [rootfs, 'useradd', '--uid', '1000', '--create-home', 'node'])
  // Those that this machine trusts, for a network whose proxy has an authority of its own.
  cpSync(AUTHORITIES, join(rootfs, AUTHORITIES))
  await run('tar', ['--directory', rootfs, '--create', '--file', packed, '.'])
  await podman.run('import', '--change', `ENV NODE_EXTRA_CA_CERTS=${AUTHORITIES}`, packed, name)
}
