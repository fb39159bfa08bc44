import { spawnSync } from 'node:child_process'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { verifyAudit } from '../src/audit-chain.ts'
import { lastLines } from '../src/jsonl.ts'
import { lookAt, openRegular, readRegular } from '../src/regular-file.ts'
import { createFileTail } from '../tui/logs/file-tail.ts'
import { readPast } from '../tui/store/past.ts'
import { tempFolder } from './helpers/temp.ts'

/** A named pipe that nobody writes to: whoever opens it as a file waits without an end. */
const pipe = (): string => {
  const path = join(tempFolder(), 'pipe.jsonl')
  spawnSync('mkfifo', [path])
  return path
}

describe('a named pipe where a file should be is an error, and nobody waits for it', () => {
  test.each([
    { reader: 'openRegular', read: openRegular },
    { reader: 'readRegular', read: readRegular },
    { reader: 'lastLines', read: (path: string) => lastLines(path, 1) },
    { reader: 'the tail of a log', read: (path: string) => createFileTail({ path, process: 'feed', tailLines: 1 }).read(1_000, 0) },
    { reader: 'the trail', read: (path: string) => verifyAudit({ trail: path, heads: path, publicKey: path }) },
  ])('$reader', ({ read }) => {
    expect(() => read(pipe())).toThrow('a pipe or a device')
  })

  test('the last snapshot', () => {
    expect(readPast(pipe())).toMatchObject({ snapshot: null, problem: expect.stringContaining('a pipe or a device') })
  })
})

test('so are a device, which may have no end, and a folder', () => {
  const link = join(tempFolder(), 'zero.jsonl')
  symlinkSync('/dev/zero', link)
  expect(() => readRegular(link)).toThrow('EINVAL')
  expect(() => readRegular('/')).toThrow('EISDIR')
})

test('a file is read whole, also through a link', () => {
  const folder = tempFolder()
  writeFileSync(join(folder, 'file'), 'ä\n')
  symlinkSync('file', join(folder, 'link'))
  expect(readRegular(join(folder, 'link'))).toBe('ä\n')
  expect(lookAt(join(folder, 'link'))?.size).toBe(3n)
})

test('links in a circle lead nowhere', () => {
  const link = join(tempFolder(), 'link')
  symlinkSync('link', link)
  expect(lookAt(link)).toBeNull()
})
