// Serves a directory until it is killed, and tells its parent the address.
const [, , start, directory] = process.argv
const { startEmbedded } = await import(start)
const { uri } = await startEmbedded({ directory, database: 'test' })
process.send(uri)
