import { appendFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { systemActor } from '../../engine/audit/actor.ts'
import { type LineWriting, realWriting } from '../../engine/audit/line-file.ts'
import type { AuditHead } from '../../src/contracts/audit.ts'
import { Exit } from '../../src/exit.ts'
import { freshPaths, headsOf, linesOf, open, person, recordsOf, verdict, writeLines, writtenTrail } from './audit-fixture.ts'

const command = (cause: string) => ({ event: 'COMMAND', actor: person, reason: 'because', cause }) as const
const asides = (path: string): string[] => readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.torn-`))

test('a trail goes on where it ended', () => {
  const paths = writtenTrail()
  const trail = open(paths)
  expect(trail.last().sequence).toBe(7)
  expect(trail.append({ event: 'BOT_START', actor: systemActor, reason: 'again' })).toMatchObject({ sequence: 8, cause: null, detail: {} })
  trail.close()
  expect(verdict(paths)).toMatchObject({ ok: true, records: 8 })
})

test('what it wrote is for its owner only', () => {
  const paths = writtenTrail()
  for (const path of [paths.audit, paths.auditHeads, paths.auditKey]) expect(statSync(path).mode & 0o077).toBe(0)
})

test('events that matter are signed at once, others when asked and at the end', () => {
  const heard: AuditHead[] = []
  const paths = freshPaths()
  const trail = open(paths, { onHead: (head) => heard.push(head) })
  const signed = () => heard.map(({ sequence }) => sequence)
  trail.append({ event: 'BOT_START', actor: systemActor, reason: '' })
  trail.append({ event: 'CHILD_STARTED', actor: systemActor, reason: '' })
  expect(signed()).toEqual([1])
  trail.append(command('a'))
  trail.append({ event: 'DESIRED_STATE_CHANGED', actor: person, reason: '' })
  trail.append({ event: 'RESTART_STORM', actor: systemActor, reason: '' })
  trail.append({ event: 'CHILD_EXITED', actor: systemActor, reason: '' })
  expect(signed()).toEqual([1, 3, 4, 5])
  trail.signHead()
  trail.signHead()
  expect(signed()).toEqual([1, 3, 4, 5, 6])
  trail.append({ event: 'CHILD_READY', actor: systemActor, reason: '' })
  trail.close()
  expect(signed()).toEqual([1, 3, 4, 5, 6, 7])
  expect(headsOf(paths)).toEqual(heard)
  expect(verdict(paths).ok).toBe(true)
})

test('the newest commands come back in their order', () => {
  const paths = freshPaths()
  const trail = open(paths)
  for (const cause of ['a', 'b', 'c']) {
    trail.append(command(cause))
    trail.append({ event: 'CHILD_READY', actor: systemActor, reason: 'says "event":"COMMAND"' })
  }
  expect(trail.commandResults(2).map(({ cause }) => cause)).toEqual(['b', 'c'])
  expect(trail.commandResults(9)).toHaveLength(3)
  trail.close()
})

test('text that a terminal would obey is only text in the file, and the same text when read', () => {
  const paths = freshPaths()
  const trail = open(paths)
  trail.append({ event: 'COMMAND', actor: person, reason: 'a\u001b[2J\u009b31m\u202eb\nc' })
  trail.close()
  expect(linesOf(paths.audit)).toHaveLength(1)
  expect(linesOf(paths.audit)[0]).toMatch(/^[\x20-\x7e]+$/)
  expect(recordsOf(paths)[0]?.reason).toBe('a\u001b[2J\u009b31m\u202eb\nc')
  expect(verdict(paths).ok).toBe(true)
})

describe('a torn last line', () => {
  test('is kept aside, cut, and recorded', () => {
    const paths = writtenTrail()
    appendFileSync(paths.audit, '{"sequence":8,"ti')
    const trail = open(paths)
    trail.close()
    const keptAside = trail.repaired?.keptAside ?? ''
    expect(trail.repaired).toMatchObject({ bytes: 17 })
    expect(basename(keptAside)).toMatch(/^audit\.jsonl\.torn-20260105T\d{9}Z$/)
    expect(readFileSync(keptAside, 'utf8')).toBe('{"sequence":8,"ti')
    expect(recordsOf(paths).at(-1)).toMatchObject({ sequence: 8, event: 'TRAIL_REPAIRED', actor: systemActor, detail: { bytes: 17, keptAside } })
    expect(verdict(paths).ok).toBe(true)
  })

  test('that is all there is leaves a new trail', () => {
    const paths = freshPaths()
    open(paths).close()
    writeFileSync(paths.audit, '{"seq')
    const trail = open(paths)
    expect(trail.last().sequence).toBe(1)
    trail.close()
    expect(recordsOf(paths).map(({ event }) => event)).toEqual(['TRAIL_REPAIRED'])
  })

  test.each([1, 5, 60])('%i bytes short at any place leaves a trail that holds', (bytes) => {
    const paths = writtenTrail()
    // Nothing of the last record was signed yet when the crash came.
    writeLines(paths.auditHeads, linesOf(paths.auditHeads).slice(0, -1))
    truncateSync(paths.audit, statSync(paths.audit).size - bytes)
    open(paths).close()
    expect(recordsOf(paths).map(({ event }) => event)).toEqual(['BOT_START', ...Array(5).fill('COMMAND'), 'TRAIL_REPAIRED'])
    expect(verdict(paths).ok).toBe(true)
  })

  test('of the heads is cut too', () => {
    const paths = writtenTrail()
    appendFileSync(paths.auditHeads, '{"sequence":')
    open(paths).close()
    expect(asides(paths.auditHeads)).toHaveLength(1)
    expect(recordsOf(paths).at(-1)).toMatchObject({ event: 'TRAIL_REPAIRED', detail: { file: 'audit_heads.jsonl' } })
    expect(verdict(paths).ok).toBe(true)
  })

  test('longer than any line of ours is for a person', () => {
    const paths = writtenTrail()
    appendFileSync(paths.audit, 'x'.repeat(1_100_000))
    expect(() => open(paths)).toThrow(expect.objectContaining({ code: Exit.corrupt }))
  })
})

describe('a trail that does not hold is never continued', () => {
  test.each([
    ['changed in the middle', 'line 4', (lines: string[]) => lines.with(3, (lines[3] as string).replace('reason 3', 'reason x'))],
    ['shorter than what was signed', 'record 7 was signed', (lines: string[]) => lines.slice(0, -2)],
  ])('%s', (_, says, edit) => {
    const paths = writtenTrail()
    writeLines(paths.audit, edit(linesOf(paths.audit)))
    const before = readFileSync(paths.audit, 'utf8')
    expect(() => open(paths)).toThrow(
      expect.objectContaining({
        code: Exit.corrupt,
        message: expect.stringContaining(says),
        remedy: expect.stringContaining('aegis-console audit verify'),
      }),
    )
    expect(readFileSync(paths.audit, 'utf8')).toBe(before)
  })

  test('a missing one beside its heads', () => {
    const paths = writtenTrail()
    rmSync(paths.audit)
    expect(() => open(paths)).toThrow(expect.objectContaining({ code: Exit.corrupt }))
    expect(existsSync(paths.audit)).toBe(false)
  })

  test('but a new one begins when it and its heads were moved aside, as the remedy says', () => {
    const paths = writtenTrail()
    renameSync(paths.audit, `${paths.audit}.old`)
    renameSync(paths.auditHeads, `${paths.auditHeads}.old`)
    const trail = open(paths)
    expect(trail.append(command('a')).sequence).toBe(1)
    trail.close()
    expect(verdict(paths).ok).toBe(true)
  })

  test('nor one whose key is gone or another', () => {
    const gone = writtenTrail()
    rmSync(gone.auditKey)
    expect(() => open(gone)).toThrow(expect.objectContaining({ code: Exit.corrupt, message: expect.stringContaining('is gone') }))
    const other = writtenTrail()
    renameSync(writtenTrail().auditKey, other.auditKey)
    expect(() => open(other)).toThrow(expect.objectContaining({ code: Exit.corrupt, message: expect.stringContaining('does not belong') }))
    const broken = writtenTrail()
    writeFileSync(broken.auditKey, 'not a key')
    expect(() => open(broken)).toThrow(expect.objectContaining({ code: Exit.corrupt, message: expect.stringContaining('cannot be read') }))
  })
})

test('a lost public key is made again from the private one', () => {
  const paths = writtenTrail()
  rmSync(paths.auditPublicKey)
  open(paths).close()
  expect(verdict(paths).ok).toBe(true)
})

describe('signed heads that are gone', () => {
  const restarted = (lose: (paths: ReturnType<typeof freshPaths>) => void) => {
    const paths = writtenTrail()
    lose(paths)
    const trail = open(paths)
    trail.append({ event: 'BOT_START', actor: systemActor, reason: 'again' })
    trail.close()
    return paths
  }

  test.each([
    ['alone', false, (paths: ReturnType<typeof freshPaths>) => rmSync(paths.auditHeads)],
    ['with the key and everything beside it', true, (paths: ReturnType<typeof freshPaths>) => rmSync(paths.state, { recursive: true })],
  ])('%s are recorded, signing begins anew, and what is before that is never shown as sound', (_, newKey, lose) => {
    const paths = restarted(lose)
    expect(recordsOf(paths)[7]).toMatchObject({ sequence: 8, event: 'TRAIL_REPAIRED', detail: { records: 7, newKey } })
    expect(headsOf(paths).map(({ sequence }) => sequence)).toEqual([8, 9])
    expect(verdict(paths)).toMatchObject({
      ok: false,
      records: 9,
      heads: 2,
      signedFrom: 8,
      fault: { kind: 'unsigned', line: 8, message: expect.stringContaining('records 1 to 7 are only chained, not signed') },
    })
  })

  test('are still missed after the next start, which goes on', () => {
    const paths = restarted(({ state }) => rmSync(state, { recursive: true }))
    open(paths).close()
    expect(recordsOf(paths)).toHaveLength(9)
    expect(verdict(paths)).toMatchObject({ ok: false, signedFrom: 8 })
  })

  test('and put back cover again what they covered', () => {
    const paths = restarted(({ auditHeads }) => renameSync(auditHeads, `${auditHeads}.old`))
    writeLines(paths.auditHeads, [...linesOf(`${paths.auditHeads}.old`), ...linesOf(paths.auditHeads)])
    expect(verdict(paths)).toMatchObject({ ok: true, signedFrom: 1, fault: null })
    writeLines(paths.auditHeads, [...linesOf(`${paths.auditHeads}.old`).slice(0, 5), ...linesOf(paths.auditHeads).slice(-2)])
    expect(verdict(paths).fault).toMatchObject({ kind: 'unsigned', message: expect.stringContaining('records 6 to 7') })
  })

  test('because a crash came between the first record and its head are no loss', () => {
    const paths = freshPaths()
    open(paths).append({ event: 'BOT_START', actor: systemActor, reason: '' })
    rmSync(paths.auditHeads)
    open(paths).close()
    expect(recordsOf(paths).map(({ event }) => event)).toEqual(['BOT_START', 'TRAIL_REPAIRED'])
    expect(verdict(paths)).toMatchObject({ ok: true, heads: 1, signedFrom: 1 })
  })
})

describe('a disk that refuses', () => {
  /** Refuses while `broken` is set; `partial` bytes of each refused write are on the disk all the same. */
  const failing = (partial: number) => {
    const state = { broken: false }
    const refuse = () => Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
    const writing: LineWriting = {
      ...realWriting,
      write: (descriptor, bytes) => {
        if (!state.broken) return realWriting.write(descriptor, bytes)
        if (partial > 0) return realWriting.write(descriptor, bytes.subarray(0, partial))
        throw refuse()
      },
    }
    return { state, writing }
  }

  test.each([0, 1, 100])('with %i bytes written throws and leaves the trail as it was', (partial) => {
    const paths = freshPaths()
    const { state, writing } = failing(partial)
    const trail = open(paths, { writing })
    trail.append(command('a'))
    const before = readFileSync(paths.audit, 'utf8')
    state.broken = true
    expect(() => trail.append(command('b'))).toThrow()
    expect(readFileSync(paths.audit, 'utf8')).toBe(before)
    expect(trail.last().sequence).toBe(1)
    state.broken = false
    expect(trail.append(command('c')).sequence).toBe(2)
    trail.close()
    expect(recordsOf(paths).map(({ cause }) => cause)).toEqual(['a', 'c'])
    expect(verdict(paths).ok).toBe(true)
  })

  test('the flush throws, and the record is not there', () => {
    const paths = freshPaths()
    let broken = false
    const sync = (descriptor: number): void => {
      if (broken) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })
      realWriting.sync(descriptor)
    }
    const trail = open(paths, { writing: { ...realWriting, sync } })
    broken = true
    expect(() => trail.append(command('a'))).toThrow('EIO')
    broken = false
    expect(readFileSync(paths.audit, 'utf8')).toBe('')
    trail.close()
  })

  test('the head only: the record counts, the problem is told, and the next append signs again', () => {
    const paths = freshPaths()
    let writes = 0
    let refuseAt = 0
    const write = (descriptor: number, bytes: Uint8Array): number => {
      writes += 1
      if (writes === refuseAt) throw new Error('ENOSPC')
      return realWriting.write(descriptor, bytes)
    }
    const trail = open(paths, { writing: { ...realWriting, write } })
    refuseAt = 2
    expect(trail.append(command('a')).sequence).toBe(1)
    expect(trail.headProblem()).toContain('record 1 has no signed head: ENOSPC')
    trail.append({ event: 'CHILD_READY', actor: systemActor, reason: '' })
    expect(trail.headProblem()).toBeNull()
    expect(headsOf(paths).map(({ sequence }) => sequence)).toEqual([2])
    trail.close()
  })
})

test('what is no audit record is a bug of ours, and nothing of it is written', () => {
  const paths = freshPaths()
  const trail = open(paths)
  expect(() => trail.append({ ...command('a'), actor: { ...person, name: 'x'.repeat(65) } })).toThrow('what is audited is an audit record')
  expect(() => trail.append({ ...command('a'), reason: 'x'.repeat(1_100_000) })).toThrow('less than')
  trail.close()
  expect(readFileSync(paths.audit, 'utf8')).toBe('')
})
