import { startEmbedded } from '../../src/embedded/start.ts'

// Serves a directory until it is killed, and tells its parent the address.
const embedded = await startEmbedded({ directory: process.argv[2] as string, database: 'test' })
process.send?.(embedded.uri)
process.on('message', () => embedded.close().then(() => process.exit(0)))
