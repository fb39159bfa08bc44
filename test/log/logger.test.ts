import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createLogger, type LoggerOptions } from '../../engine/log/logger.ts'
import { redact, registerSecret } from '../../engine/log/redact.ts'
import { openRotatingFile } from '../../engine/log/rotating-file.ts'
import { Config } from '../../src/contracts/config.ts'
import { Exit } from '../../src/exit.ts'
import { instancePaths } from '../../src/home.ts'
import { tempFolder } from '../helpers/temp.ts'

type Line = Readonly<Record<string, unknown>>

const logger = (options: Partial<LoggerOptions> = {}) => {
  const paths = instancePaths(tempFolder(), 'default')
  const { log, close } = createLogger({ process: 'brain', paths, logs: Config.parse({}).logs, ...options })
  onTestFinished(close)
  const path = join(paths.logs, 'brain.jsonl')
  return { log, close, path, text: () => readFileSync(path, 'utf8'), lines: () => linesOf(path) }
}

const linesOf = (path: string): Line[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line)

const noSpace = (): never => {
  throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
}

test('a line says when, who and what', () => {
  const { log, path, text, lines } = logger()
  log.info({ bars: 3 }, 'read')
  log.debug('not at this level')
  expect(lines()).toEqual([{ level: 30, time: expect.any(Number), process: 'brain', pid: process.pid, bars: 3, msg: 'read' }])
  expect(text()).toMatch(/^\{"level":30,"time":\d+,/)
  expect(statSync(path).mode & 0o077).toBe(0)
})

test('a line holds nothing that a terminal would obey', () => {
  const { log, text, lines } = logger()
  log.info({ symbol: '\u009b31m\u202e' }, 'a\u001b[2J\u2028b')
  expect(text()).toMatch(/^[\x20-\x7e]+\n$/)
  expect(lines()[0]).toMatchObject({ symbol: '\u009b31m\u202e', msg: 'a\u001b[2J\u2028b' })
})

describe('a planted secret', () => {
  const secret = 'k3y/with+sign&"quote"=='
  registerSecret(secret)
  const base64 = Buffer.from(secret).toString('base64')
  const withStack = new Error(`refused for ${secret}`)

  test.each<[string, object | string]>([
    ['in a message', `sent ${secret} away`],
    ['in a member', { anything: secret }],
    ['deep inside', { a: { b: [{ c: { d: [`x${secret}y`] } }] } }],
    ['as a name', { [secret]: 1 }],
    ['in an error and its stack', withStack],
    ['in the cause of an error', new Error('outer', { cause: withStack })],
    ['in a URL', { url: `https://venue.example/?key=${encodeURIComponent(secret)}` }],
    ['in a URL with small letters', { url: encodeURIComponent(secret).replaceAll(/%../g, (found) => found.toLowerCase()) }],
    ['in a form', { body: new URLSearchParams({ key: secret }).toString() }],
    ['in base64', { header: `Basic ${base64}` }],
    ['in base64 for URLs', { header: Buffer.from(secret).toString('base64url') }],
    ['in base64 after one byte', { header: Buffer.from(`a${secret}`).toString('base64') }],
    ['in base64 after two bytes', { header: Buffer.from(`ab${secret}:more`).toString('base64') }],
  ])('%s is hidden', (_, what) => {
    const { log, text, lines } = logger()
    log.error(what as object)
    expect(lines()).toHaveLength(1) // and it is JSON still
    expect(text()).toContain('[redacted]')
    const core = base64.slice(4, 20)
    for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), base64, core]) expect(text()).not.toContain(form)
    expect(text()).not.toMatch(/k3y|quote/i)
  })

  test('that is a number leaves JSON behind', () => {
    registerSecret('77123456')
    const { log, text, lines } = logger()
    log.info({ account: 77123456, list: [1, 77123456, '77123456'], kept: 5, none: null }, 'read')
    expect(text()).not.toContain('77123456')
    expect(lines()[0]).toMatchObject({ level: 30, account: '[redacted]', list: [1, '[redacted]', '[redacted]'], kept: 5, none: null, msg: 'read' })
  })

  test('that is the beginning of another leaves nothing of the longer one', () => {
    registerSecret('alphabeta')
    registerSecret('alphabetagamma')
    expect(redact('alphabetagamma alphabeta')).toBe('[redacted] [redacted]')
  })

  test('of signs that mean something in patterns is only text', () => {
    registerSecret('a.c*[x]$(')
    expect(redact('abc a.c*[x]$( abcc')).toBe('abc [redacted] abcc')
  })

  test('too short to be one is refused', () => {
    expect(() => registerSecret('abc')).toThrow(expect.objectContaining({ code: Exit.configuration }))
  })
})

test('what is named like a secret is hidden without being registered', () => {
  const { log, lines } = logger()
  log.info({ apiKey: 'one', venue: { password: 'two' } }, 'connect')
  expect(lines()[0]).toMatchObject({ apiKey: '[redacted]', venue: { password: '[redacted]' } })
})

describe('rotation', () => {
  const note = (lost: number, code: string): string => JSON.stringify({ lost, code })
  const numbered = (path: string, rotateBytes: number, keep: number, count: number): void => {
    const file = openRotatingFile({ path, rotateBytes, keep, note })
    for (let number = 0; number < count; number += 1) file.write(JSON.stringify({ number }))
    file.close()
  }
  const numbersIn = (paths: readonly string[]) => paths.flatMap((path) => linesOf(path).map(({ number }) => number))

  test('loses no line and tears none', () => {
    const path = join(tempFolder(), 'brain.jsonl')
    numbered(path, 200, 100, 500)
    const files = readdirSync(dirname(path)).length
    expect(files).toBeGreaterThan(10)
    const oldestFirst = [...Array.from({ length: files - 1 }, (_, index) => `${path}.${files - 1 - index}`), path]
    expect(numbersIn(oldestFirst)).toEqual(Array.from({ length: 500 }, (_, number) => number))
    for (const each of oldestFirst) expect(statSync(each).size).toBeLessThanOrEqual(200)
  })

  test('keeps as many as it was told, the newest', () => {
    const path = join(tempFolder(), 'brain.jsonl')
    numbered(path, 200, 3, 500)
    expect(readdirSync(dirname(path)).sort()).toEqual(['brain.jsonl', 'brain.jsonl.1', 'brain.jsonl.2', 'brain.jsonl.3'])
    const numbers = numbersIn([`${path}.3`, `${path}.2`, `${path}.1`, path])
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => 500 - numbers.length + index))
  })

  test('goes on with the file that is there', () => {
    const path = join(tempFolder(), 'brain.jsonl')
    numbered(path, 10_000, 3, 5)
    numbered(path, 10_000, 3, 5)
    expect(linesOf(path)).toHaveLength(10)
  })

  test('a line longer than a file has a file for itself', () => {
    const path = join(tempFolder(), 'brain.jsonl')
    const file = openRotatingFile({ path, rotateBytes: 10, keep: 2, note })
    file.write('"first"')
    file.write(JSON.stringify('x'.repeat(50)))
    file.close()
    expect(existsSync(`${path}.1`)).toBe(true)
    expect(linesOf(path)).toEqual(['x'.repeat(50)])
  })

  test('that fails leaves the file growing', () => {
    const path = join(tempFolder(), 'brain.jsonl')
    mkdirSync(join(`${path}.1`, 'occupied'), { recursive: true }) // a rename cannot replace it
    numbered(path, 20, 1, 10)
    expect(numbersIn([path])).toHaveLength(10)
  })
})

describe('a log that is deleted or moved while it is written', () => {
  const rotating = () => {
    const path = join(tempFolder(), 'logs', 'brain.jsonl')
    mkdirSync(dirname(path))
    let at = 0
    const file = openRotatingFile({ path, rotateBytes: 120, keep: 2, note: (lost) => JSON.stringify({ lost }), anew: () => '"anew"', now: () => at })
    onTestFinished(file.close)
    const write = (...texts: string[]): void => {
      for (const text of texts) {
        at += 1_000
        file.write(JSON.stringify(text))
      }
    }
    return { path, file, write }
  }

  test.each([
    ['the folder deleted', (path: string) => rmSync(dirname(path), { recursive: true })],
    ['the file deleted', (path: string) => rmSync(path)],
    ['the folder moved', (path: string) => renameSync(dirname(path), `${dirname(path)}.aside`)],
    ['the file replaced', (path: string) => rmSync(path) ?? writeFileSync(path, '')],
  ])('%s: it begins anew and says so, and nothing that comes is lost', (_, lose) => {
    const { path, file, write } = rotating()
    write('before')
    lose(path)
    write('after', 'later')
    expect(linesOf(path)).toEqual(['anew', 'after', 'later'])
    expect(file.lost()).toBe(0)
  })

  test('just when it would rotate: the same', () => {
    const { path, write } = rotating()
    write('x'.repeat(100))
    rmSync(dirname(path), { recursive: true })
    write('y'.repeat(90))
    expect(linesOf(path)).toEqual(['anew', 'y'.repeat(90)])
  })

  test('and cannot be made anew: what is lost is counted, and told once it can', () => {
    const { path, file, write } = rotating()
    write('before')
    rmSync(dirname(path), { recursive: true })
    writeFileSync(dirname(path), 'in the way')
    write('one', 'two')
    expect(file.lost()).toBe(2)
    rmSync(dirname(path))
    write('after')
    expect(linesOf(path)).toEqual(['anew', { lost: 2 }, 'after'])
  })

  test('is told with level, time and process, as any line of the log', async () => {
    const { log, path, lines } = logger()
    log.info('before')
    rmSync(dirname(path), { recursive: true })
    // It looks for its file now and then; what is written in between goes with the deleted one.
    const after = (): boolean => {
      log.info('after')
      return existsSync(path)
    }
    await expect.poll(after, { interval: 1 }).toBe(true)
    expect(lines()).toMatchObject([
      { level: 40, time: expect.any(Number), process: 'brain', pid: process.pid, msg: expect.stringContaining('begins anew here') },
      { level: 30, msg: 'after' },
    ])
  })
})

describe('a disk that refuses', () => {
  test('never reaches the caller; what was lost is told once it works again', () => {
    let broken = false
    const { log, lines } = logger({ write: (descriptor, bytes) => (broken ? noSpace() : writeSync(descriptor, bytes)) })
    log.info('before')
    broken = true
    log.info('lost 1')
    log.info('lost 2')
    broken = false
    log.info('after')
    log.info('later')
    expect(lines().map(({ msg }) => msg)).toEqual(['before', '2 log lines were lost: ENOSPC', 'after', 'later'])
    expect(lines()[1]).toMatchObject({ level: 40, lost: 2, code: 'ENOSPC', process: 'brain', pid: process.pid, time: expect.any(Number) })
  })

  test('tells on close what nobody logged after', () => {
    let broken = false
    const { log, close, lines } = logger({ write: (descriptor, bytes) => (broken ? noSpace() : writeSync(descriptor, bytes)) })
    broken = true
    log.info('lost')
    broken = false
    close()
    log.info('too late, and still no exception')
    expect(lines().map(({ msg }) => msg)).toEqual(['1 log lines were lost: ENOSPC'])
  })

  test('in the middle of a line leaves the next line whole', () => {
    const path = join(tempFolder(), 'brain.jsonl')
    let left = Number.POSITIVE_INFINITY
    const write = (descriptor: number, bytes: Uint8Array): number => {
      if (left === 0) noSpace()
      const written = writeSync(descriptor, bytes.subarray(0, Math.min(left, bytes.length)))
      left -= written
      return written
    }
    const file = openRotatingFile({ path, rotateBytes: 10_000, keep: 1, note: (lost, code) => JSON.stringify({ lost, code }), write })
    file.write('"first"')
    left = 4
    file.write('"second"')
    expect(file.lost()).toBe(1)
    left = Number.POSITIVE_INFINITY
    file.write('"third"')
    file.close()
    expect(readFileSync(path, 'utf8')).toBe('"first"\n"sec\n{"lost":1,"code":"ENOSPC"}\n"third"\n')
  })

  test('that writes in pieces gets the whole line all the same', () => {
    const path = join(tempFolder(), 'brain.jsonl')
    const write = (descriptor: number, bytes: Uint8Array): number => writeSync(descriptor, bytes.subarray(0, 3))
    const file = openRotatingFile({ path, rotateBytes: 10_000, keep: 1, note: String, write })
    file.write('"a whole line"')
    file.close()
    expect(linesOf(path)).toEqual(['a whole line'])
  })
})
