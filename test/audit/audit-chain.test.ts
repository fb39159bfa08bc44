import { generateKeyPairSync } from 'node:crypto'
import { appendFileSync, copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AUDIT_LINE_BYTES_MAX, auditLine, CHAIN_START, chainedRecord, verifyAudit } from '../../src/audit-chain.ts'
import { type AuditRecord, GENESIS } from '../../src/contracts/audit.ts'
import { hashOf } from '../../src/hash.ts'
import { tempFolder } from '../helpers/temp.ts'
import { headsOf, linesOf, open, person, rechained, recordsOf, signedBy, verdict, writeLines, writtenTrail } from './audit-fixture.ts'

/** The middle of the seven lines of a written trail. */
const MIDDLE = 4

const changed = (change: (record: AuditRecord) => unknown) => {
  const paths = writtenTrail()
  const lines = linesOf(paths.audit)
  lines[MIDDLE - 1] = JSON.stringify(change(recordsOf(paths)[MIDDLE - 1] as AuditRecord))
  writeLines(paths.audit, lines)
  return verdict(paths)
}

const rehashed = ({ hash: _, ...body }: AuditRecord): AuditRecord => ({ ...body, hash: hashOf(body) })

test('what the engine wrote holds', () => {
  const paths = writtenTrail()
  expect(verdict(paths)).toMatchObject({ ok: true, records: 7, last: { sequence: 7 }, heads: 7, fault: null })
  expect(recordsOf(paths)[0]?.previous).toBe(GENESIS)
})

describe('a change of the middle record', () => {
  test.each<[string, string, (record: AuditRecord) => unknown]>([
    ['its sequence', 'sequence', (record) => ({ ...record, sequence: record.sequence + 1 })],
    ['its time', 'hash', (record) => ({ ...record, time: '2026-01-05T00:00:00.000Z' })],
    ['its event', 'hash', (record) => ({ ...record, event: 'CHILD_READY' })],
    ['its event into none of ours', 'schema', (record) => ({ ...record, event: 'PARTY' })],
    ['its actor', 'hash', (record) => ({ ...record, actor: { ...record.actor, name: 'bob' } })],
    ['the uid of its actor', 'hash', (record) => ({ ...record, actor: { ...record.actor, uid: null } })],
    ['the kind of its actor', 'hash', (record) => ({ ...record, actor: { ...record.actor, kind: 'system' } })],
    ['the tty of its actor', 'hash', (record) => ({ ...record, actor: { ...record.actor, tty: null } })],
    ['the origin of its actor', 'hash', (record) => ({ ...record, actor: { ...record.actor, ssh: null } })],
    ['its reason', 'hash', (record) => ({ ...record, reason: 'another' })],
    ['its cause', 'hash', (record) => ({ ...record, cause: null })],
    ['its detail', 'hash', (record) => ({ ...record, detail: { ...record.detail, outcome: 'refused' } })],
    ['one more detail', 'hash', (record) => ({ ...record, detail: { ...record.detail, more: true } })],
    ['its previous hash', 'previous', (record) => ({ ...record, previous: GENESIS })],
    ['its hash', 'hash', (record) => ({ ...record, hash: GENESIS })],
    ['one more member', 'schema', (record) => ({ ...record, note: 'hello' })],
    ['a member less', 'schema', ({ reason: _, ...rest }) => rest],
  ])('%s is a fault', (_, kind, change) => {
    expect(changed(change)).toMatchObject({ ok: false, records: MIDDLE - 1, fault: { kind, line: MIDDLE } })
  })

  test('with its own hash computed again is a fault of the signed head', () => {
    expect(changed((record) => rehashed({ ...record, reason: 'another' })).fault).toMatchObject({ kind: 'rewritten', line: MIDDLE })
  })

  test('with its own hash computed again breaks the next link where no head covers it', () => {
    const paths = writtenTrail()
    const lines = linesOf(paths.audit)
    lines[MIDDLE - 1] = auditLine(rehashed({ ...(recordsOf(paths)[MIDDLE - 1] as AuditRecord), reason: 'another' }))
    writeLines(paths.audit, lines)
    writeLines(paths.auditHeads, linesOf(paths.auditHeads).slice(-1))
    expect(verdict(paths).fault).toMatchObject({ kind: 'previous', line: MIDDLE + 1 })
  })

  test.each([
    ['other blanks', (line: string) => line.replace(':', ': ')],
    ['a member twice, the later one right', (line: string) => line.replace('"reason":', '"reason":"forged","reason":')],
    ['a letter as an escape', (line: string) => line.replace('accepted', '\\u0061ccepted')],
    ['half of it', (line: string) => line.slice(0, 40)],
    ['nothing', () => ''],
    ['a hidden member of the record', (line: string) => line.replace('{', '{"__proto__":{"note":"hello"},')],
    ['a hidden member of the actor', (line: string) => line.replace('"actor":{', '"actor":{"__proto__":{},')],
    ['a hidden member of the detail', (line: string) => line.replace('"detail":{', '"detail":{"__proto__":1,')],
  ])('%s in its line is a fault', (_, change) => {
    const paths = writtenTrail()
    const lines = linesOf(paths.audit)
    lines[MIDDLE - 1] = change(lines[MIDDLE - 1] as string)
    writeLines(paths.audit, lines)
    expect(verdict(paths)).toMatchObject({ ok: false, records: MIDDLE - 1, fault: { line: MIDDLE } })
  })

  test('every single byte of it counts', () => {
    const paths = writtenTrail(1)
    const bytes = readFileSync(paths.audit)
    for (let at = 0; at < bytes.length - 1; at += 1) {
      const forged = Buffer.from(bytes)
      forged[at] = (bytes[at] as number) ^ 1
      writeFileSync(paths.audit, forged)
      expect(verdict(paths).ok, `byte ${at}`).toBe(false)
    }
  })
})

describe('whole lines', () => {
  const edited = (edit: (lines: string[]) => string[]) => {
    const paths = writtenTrail()
    writeLines(paths.audit, edit(linesOf(paths.audit)))
    return verdict(paths).fault
  }

  test('a dropped one', () => expect(edited((lines) => lines.toSpliced(MIDDLE - 1, 1))).toMatchObject({ kind: 'sequence', line: MIDDLE }))
  test('the first one dropped', () => expect(edited((lines) => lines.slice(1))).toMatchObject({ kind: 'sequence', line: 1 }))
  test('one twice', () =>
    expect(edited((lines) => lines.toSpliced(MIDDLE, 0, lines[MIDDLE - 1] as string))).toMatchObject({ kind: 'sequence', line: MIDDLE + 1 }))
  test('two in the other order', () =>
    expect(edited((lines) => lines.toSpliced(2, 2, lines[3] as string, lines[2] as string))).toMatchObject({ kind: 'sequence', line: 3 }))
  test('the last one cut off', () => expect(edited((lines) => lines.slice(0, -1))).toMatchObject({ kind: 'cutTail', line: 6 }))
  test('all of them cut off', () => expect(edited(() => [])).toMatchObject({ kind: 'cutTail', line: null }))
  test('other facts under a chain computed again', () =>
    expect(edited((lines) => rechained(lines.map((line) => ({ ...(JSON.parse(line) as AuditRecord), reason: 'nothing to see' }))))).toMatchObject({
      kind: 'rewritten',
      line: 1,
    }))
  test('a longer forged trail', () => {
    const paths = writtenTrail()
    const records = recordsOf(paths)
    writeLines(paths.audit, rechained([...records.slice(0, 5), ...records.slice(6), ...records]))
    expect(verdict(paths).fault).toMatchObject({ kind: 'rewritten', line: 6 })
  })
})

test('an older copy of the trail is shorter than what was signed', () => {
  const paths = writtenTrail()
  const copy = `${paths.audit}.copy`
  copyFileSync(paths.audit, copy)
  const trail = open(paths)
  trail.append({ event: 'COMMAND', actor: person, reason: 'halt' })
  trail.close()
  expect(verdict(paths).ok).toBe(true)
  copyFileSync(copy, paths.audit)
  expect(verdict(paths).fault).toMatchObject({ kind: 'cutTail', line: 7 })
})

describe('a last line without its newline', () => {
  test('is being written: no fault, and not counted', () => {
    const paths = writtenTrail()
    appendFileSync(paths.audit, '{"sequence":8,"ti')
    expect(verdict(paths)).toMatchObject({ ok: true, records: 7 })
  })
  test('is a cut tail where it was signed', () => {
    const paths = writtenTrail()
    truncateSync(paths.audit, readFileSync(paths.audit).length - 1)
    expect(verdict(paths).fault).toMatchObject({ kind: 'cutTail', line: 6 })
  })
})

describe('the heads', () => {
  test('signed with another key', () => {
    const paths = writtenTrail()
    const { privateKey } = generateKeyPairSync('ed25519')
    writeLines(
      paths.auditHeads,
      headsOf(paths).map((head) => signedBy(privateKey, head)),
    )
    expect(verdict(paths)).toMatchObject({ ok: false, heads: 0, fault: { kind: 'headSignature', line: 1 } })
  })
  test.each([
    ['hash', { hash: GENESIS }],
    ['sequence', { sequence: 2 }],
    ['time', { at: 1 }],
    ['signature', { signature: 'AAAA' }],
  ])('with another %s do not carry their signature any more', (_, change) => {
    const paths = writtenTrail()
    writeLines(
      paths.auditHeads,
      headsOf(paths).map((head, index) => JSON.stringify(index === 2 ? { ...head, ...change } : head)),
    )
    expect(verdict(paths)).toMatchObject({ heads: 6, fault: { kind: 'headSignature', line: 3 } })
  })
  test('that are no heads', () => {
    const paths = writtenTrail()
    appendFileSync(paths.auditHeads, 'hello\n')
    expect(verdict(paths).fault).toMatchObject({ kind: 'headSignature', line: 8 })
  })
  test('gone', () => {
    const paths = writtenTrail()
    rmSync(paths.auditHeads)
    expect(verdict(paths).fault?.kind).toBe('headsMissing')
  })
  test('without the public key', () => {
    const paths = writtenTrail()
    rmSync(paths.auditPublicKey)
    expect(verdict(paths).fault?.kind).toBe('noKey')
  })
  test('with a public key of another kind', () => {
    const paths = writtenTrail()
    writeFileSync(paths.auditPublicKey, generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'pem', type: 'spki' }))
    expect(verdict(paths).fault?.kind).toBe('noKey')
  })
  test('of a trail that is gone', () => {
    const paths = writtenTrail()
    rmSync(paths.audit)
    expect(verdict(paths).fault).toMatchObject({ kind: 'missing', message: expect.stringContaining('record 7') })
  })
  test('leave open what came after the newest of them, and the verdict says so', () => {
    const paths = writtenTrail()
    writeLines(paths.auditHeads, linesOf(paths.auditHeads).slice(0, 4))
    const { ok, doesNotProve } = verdict(paths)
    expect(ok).toBe(true)
    expect(doesNotProve[0]).toContain('the 3 records since')
  })
})

test('a line that is no UTF-8 is named', () => {
  const paths = writtenTrail()
  const bytes = readFileSync(paths.audit)
  bytes[bytes.indexOf('reason 3')] = 0xff
  writeFileSync(paths.audit, bytes)
  expect(verdict(paths).fault).toMatchObject({ kind: 'json', line: 4 })
})

test('a line without end is not read into memory', () => {
  const paths = writtenTrail()
  appendFileSync(paths.audit, 'x'.repeat(2 * AUDIT_LINE_BYTES_MAX))
  expect(verdict(paths).fault).toMatchObject({ kind: 'json', line: 8 })
})

test('lines are the same however blocks cut them, and each has one form whatever text is in it', () => {
  const folder = tempFolder()
  const trail = `${folder}/audit.jsonl`
  const texts = fc.string({ unit: 'binary', maxLength: 3_000 })
  const detail = fc.dictionary(fc.oneof(texts, fc.nat().map(String)), fc.oneof(texts, fc.integer(), fc.boolean(), fc.constant(null)), { maxKeys: 4 })
  fc.assert(
    fc.property(fc.array(fc.record({ reason: texts, detail }), { minLength: 1, maxLength: 400, size: 'max' }), (facts) => {
      let end = CHAIN_START
      const lines = facts.map((fact) => {
        const record = chainedRecord(end, { ...fact, time: 't', event: 'COMMAND', actor: person, cause: null })
        end = record
        return auditLine(record)
      })
      writeLines(trail, lines)
      expect(verifyAudit({ trail, heads: `${folder}/none`, publicKey: `${folder}/none` })).toMatchObject({
        records: facts.length,
        last: { hash: end.hash },
        fault: { kind: 'headsMissing' },
      })
    }),
    { numRuns: 15 },
  )
})
