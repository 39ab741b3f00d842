// Says at the end which packages a process has loaded.
import { createRequire } from 'node:module'

process.on('exit', () => {
  const files = Object.keys(createRequire(import.meta.url).cache)
  process.stderr.write(`modules: ${files.filter((file) => file.includes('opentelemetry')).join(' ')}\n`)
})
