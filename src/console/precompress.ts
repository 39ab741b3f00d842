import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress } from 'node:zlib'
import type { Plugin } from 'vite'

const compress = promisify(brotliCompress)
const isText = (file: string) => /\.(js|css)$/.test(file)

/** Puts a file compressed as small as Brotli can beside each script and style, which no service could afford per request. */
export const precompress = (): Plugin => ({
  name: 'precompress',
  async writeBundle({ dir = '' }, bundle) {
    await Promise.all(
      Object.values(bundle)
        .filter(({ fileName }) => isText(fileName))
        .map(async (file) => {
          const content = file.type === 'chunk' ? file.code : file.source
          await writeFile(join(dir, `${file.fileName}.br`), await compress(content))
        }),
    )
  },
})
