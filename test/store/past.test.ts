import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createPastReader, readPast } from '../../tui/store/past.ts'
import { snapshotFixture } from '../helpers/snapshot-fixture.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aegis-past-'))
  path = join(folder, 'snapshot.json')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('the last snapshot of an engine is read from its files', () => {
  writeFileSync(path, JSON.stringify(snapshotFixture()))
  expect(readPast(path)).toEqual({ snapshot: snapshotFixture(), problem: null })
})

test.each([
  { says: 'a missing file', content: null, problem: /^source missing: .*snapshot\.json$/ },
  { says: 'half a file', content: '{"instance":"eu', problem: /^error: .*JSON/ },
  { says: 'another shape', content: '{"instance":7}', problem: /^error: .*no snapshot of this version \(instance/ },
  { says: 'far too much', content: ' '.repeat(5_000_000), problem: /^error: .* has 5000000 bytes$/ },
])('$says is a problem that is told', ({ content, problem }) => {
  if (content !== null) writeFileSync(path, content)
  const past = readPast(path)
  expect(past.snapshot).toBeNull()
  expect(past.problem).toMatch(problem)
})

test('a file that may not even be looked at is a problem that is told, for as long as it lasts', () => {
  symlinkSync(path, path) // as little as a folder of another user lets us look at it
  const read = createPastReader(path)
  expect(read()).toEqual({ snapshot: null, problem: expect.stringMatching(/^error: .*ELOOP/) })
  rmSync(path)
  expect(read().problem).toMatch(/^source missing/)
})

test('it is read again only when it has changed', () => {
  const read = createPastReader(path)
  expect(read().snapshot).toBeNull()
  writeFileSync(path, JSON.stringify(snapshotFixture()))
  const first = read()
  expect(first.snapshot?.mode).toBe('simulate')
  expect(read()).toBe(first)
  writeFileSync(path, JSON.stringify(snapshotFixture({ mode: 'dry-run' })))
  chmodSync(path, 0o600)
  expect(read().snapshot?.mode).toBe('dry-run')
})
