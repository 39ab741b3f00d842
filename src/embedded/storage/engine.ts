import { Catalog } from './catalog.ts'
import { Cursors } from './cursors.ts'
import { Disk } from './disk.ts'
import { checkFile, readVersion, writeFormat } from './format.ts'
import { FORMAT } from './layout.ts'
import { upgradeFormat } from './upgrade.ts'
import { Writer } from './writer.ts'

/** The open database: what all commands work on. */
export interface Engine {
  readonly disk: Disk
  readonly catalog: Catalog
  readonly writer: Writer
  readonly cursors: Cursors
}

/** Opens the data file, or makes it. @throws DataFileError if the file cannot be used. */
export async function openEngine(path: string): Promise<Engine> {
  checkFile(path)
  const disk = new Disk(path)
  try {
    const version = readVersion(disk, path)
    if (version === undefined) writeFormat(disk)
    else if (version < FORMAT.version) upgradeFormat(disk)
    const catalog = new Catalog(disk)
    return { disk, catalog, writer: new Writer(disk, catalog), cursors: new Cursors() }
  } catch (error) {
    await disk.close()
    throw error
  }
}
