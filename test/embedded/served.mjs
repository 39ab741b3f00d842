// Serves a directory until it is killed, and tells its parent the address.
const [, , start, directory, ttlSweepMs] = process.argv
const { startEmbedded } = await import(start)
const began = performance.now()
const { uri } = await startEmbedded({ directory, database: 'test', ttlSweepMs: ttlSweepMs && Number(ttlSweepMs) })
process.send({ uri, startedIn: performance.now() - began })
