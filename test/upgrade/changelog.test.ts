import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

test('the changelog begins with the version of the package', () => {
  const [, newest] = /^## (\S+)$/m.exec(read('.github/CHANGELOG.md')) ?? []
  expect(newest).toBe(JSON.parse(read('package.json')).version)
})
