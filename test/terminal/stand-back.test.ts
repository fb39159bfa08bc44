import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { standBack } from '../../tui/terminal/stand-back.ts'

const file = fileURLToPath(new URL('../../tui/terminal/stand-back.ts', import.meta.url))

test.skipIf(process.platform !== 'linux')('a console lets every other process run first, with all its threads', () => {
  const program = `
    const { standBack } = await import(${JSON.stringify(file)})
    const { readdirSync, readFileSync } = await import('node:fs')
    const nice = () => readdirSync('/proc/self/task').map((id) => Number(readFileSync('/proc/self/task/' + id + '/stat', 'utf8').replace(/^.*\\) /s, '').split(' ')[16]))
    const before = Math.max(...nice())
    standBack()
    console.log(JSON.stringify({ before, after: nice() }))`
  const { before, after } = JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })) as {
    before: number
    after: number[]
  }
  expect(after.length).toBeGreaterThan(1)
  expect(new Set(after)).toEqual(new Set([Math.max(before, 5)]))
})

test('where that is refused, it goes on as it is', () => {
  expect(() =>
    standBack(() => {
      throw new Error('not permitted')
    }),
  ).not.toThrow()
})
