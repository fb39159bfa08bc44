import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { replaceFile, writeFileAtomic } from '../src/atomic-file.ts'
import { tempFolder } from './helpers/temp.ts'

const WAYS = { writeFileAtomic, replaceFile }
const source = pathToFileURL(join(import.meta.dirname, '..', 'src', 'atomic-file.ts')).href

test.each(Object.entries(WAYS))('%s puts the new content in the place of the old', (_, write) => {
  const path = join(tempFolder(), 'state.json')
  write(path, 'old')
  write(path, 'ä'.repeat(100_000))
  expect(readFileSync(path, 'utf8')).toBe('ä'.repeat(100_000))
})

test.each(Object.keys(WAYS))('%s keeps the old content where the system takes only a part of the new one', (name) => {
  const path = join(tempFolder(), 'state.json')
  writeFileSync(path, 'old')
  // As with a disk that is nearly full, the first write takes what fits and only the next one fails.
  const script = `import { ${name} } from '${source}'; ${name}(process.argv[1], 'x'.repeat(100_000))`
  const child = spawnSync('/bin/sh', ['-c', 'ulimit -f 4; exec "$0" --input-type=module -e "$1" "$2"', process.execPath, script, path], {
    encoding: 'utf8',
  })
  expect(child.stderr).toContain('EFBIG')
  expect(readFileSync(path, 'utf8')).toBe('old')
})
