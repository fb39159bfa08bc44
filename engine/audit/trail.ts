import { type KeyObject, sign } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { assert } from '../../src/assert.ts'
import { AUDIT_LINE_BYTES_MAX, auditLine, CHAIN_START, type ChainEnd, chainedRecord, headText, verifyAudit } from '../../src/audit-chain.ts'
import type { Clock } from '../../src/clock.ts'
import { type Actor, type AuditEvent, type AuditHead, AuditRecord } from '../../src/contracts/audit.ts'
import { Exit, ExitError } from '../../src/exit.ts'
import type { InstancePaths } from '../../src/home.ts'
import { lastLines } from '../../src/jsonl.ts'
import { systemActor } from './actor.ts'
import { type LineWriting, openLineFile } from './line-file.ts'
import { signingKey } from './signing-key.ts'
import { cutTornTail, type Repair } from './torn-tail.ts'

/** What changes who may trade or whether anything does is signed at once; the rest is covered by the next head. */
const SIGNED: ReadonlySet<AuditEvent> = new Set(['COMMAND', 'DESIRED_STATE_CHANGED', 'BOT_START', 'BOT_STOP', 'RESTART_STORM'])

export type TrailOptions = {
  readonly paths: InstancePaths
  readonly clock: Clock
  /** Hears every signed head, to keep it in a second place. */
  readonly onHead?: (head: AuditHead) => void
  readonly writing?: LineWriting
}

export type TrailFact = {
  readonly event: AuditEvent
  readonly actor: Actor
  readonly reason: string
  readonly cause?: string | null
  readonly detail?: AuditRecord['detail']
}

/** The hash-chained trail of one instance. The supervisor, holder of the lock, is its only writer. */
export type Trail = {
  /** On the disk when it returns. @throws where it could not be written; then the trail is as it was before. */
  readonly append: (fact: TrailFact) => AuditRecord
  readonly last: () => ChainEnd
  /** The newest `limit` COMMAND records, oldest of them first. */
  readonly commandResults: (limit: number) => readonly AuditRecord[]
  /** Signs what is there now. @throws where the head could not be written. */
  readonly signHead: () => void
  /** Why the newest record that wants a head has none yet; every append tries again. */
  readonly headProblem: () => string | null
  /** Signs and closes. Nothing may be appended afterwards. */
  readonly close: () => void
  readonly repaired: Repair | null
}

/**
 * Opens the trail for writing: a torn tail is kept aside and cut, everything before it must hold.
 * @throws ExitError 65 naming the line where the chain is broken or differs from what was signed.
 */
export const openTrail = ({ paths, clock, onHead, writing }: TrailOptions): Trail => {
  mkdirSync(paths.root, { recursive: true, mode: 0o700 })
  mkdirSync(paths.state, { recursive: true, mode: 0o700 })
  const repaired = cutTornTail(paths.audit, clock.now())
  const tornHead = cutTornTail(paths.auditHeads, clock.now())
  const headsExist = lastLines(paths.auditHeads, 1).length > 0
  const keyExists = existsSync(paths.auditKey)
  const key = signingKey(paths, headsExist)
  let last = checkedEnd(paths, headsExist)
  const found = last.sequence

  const trail = openLineFile(paths.audit, writing)
  const heads = openLineFile(paths.auditHeads, writing)
  let signed = 0
  let wanted = 0
  let problem: string | null = null

  const signHead = (): void => {
    if (last.sequence === signed) return
    const head = signedHead(key, last, clock.now())
    heads.append(JSON.stringify(head))
    signed = head.sequence
    problem = null
    onHead?.(head)
  }

  /** The record itself is on the disk, so a head that fails must not look as if the record had. */
  const trySign = (): void => {
    try {
      signHead()
    } catch (error) {
      problem = `record ${last.sequence} has no signed head: ${(error as Error).message}`
    }
  }

  const append = ({ event, actor, reason, cause = null, detail = {} }: TrailFact): AuditRecord => {
    const record = chainedRecord(last, { time: new Date(clock.now()).toISOString(), event, actor, reason, cause, detail })
    assert(AuditRecord.safeParse(record).success, `what is audited is an audit record: ${event}`)
    const line = auditLine(record)
    assert(Buffer.byteLength(line) < AUDIT_LINE_BYTES_MAX, `an audit record has less than ${AUDIT_LINE_BYTES_MAX} bytes: ${event}`)
    trail.append(line)
    last = { sequence: record.sequence, hash: record.hash }
    if (SIGNED.has(event)) wanted = record.sequence
    if (wanted > signed) trySign()
    return record
  }

  const report = (reason: string, detail: AuditRecord['detail']) => append({ event: 'TRAIL_REPAIRED', actor: systemActor, reason, detail })
  if (!headsExist && found > 0) {
    if (keyExists && diedBeforeFirstHead(paths, found)) report('the first record had no signed head yet', { file: 'audit_heads.jsonl' })
    else {
      // `records` is what a verification knows it by.
      report(`there was no signed head beside the trail: its ${found} records are only chained, and signing begins anew here`, {
        file: 'audit_heads.jsonl',
        records: found,
        newKey: !keyExists,
      })
      wanted = last.sequence
      trySign()
    }
  }
  if (repaired !== null) report('the last line was torn', { file: 'audit.jsonl', ...repaired })
  if (tornHead !== null) report('the last signed head was torn', { file: 'audit_heads.jsonl', ...tornHead })

  return {
    append,
    last: () => last,
    commandResults: (limit) =>
      lastLines(paths.audit, limit, (line) => line.includes('"event":"COMMAND"')).map((line) => AuditRecord.parse(JSON.parse(line))),
    signHead,
    headProblem: () => problem,
    close: () => {
      try {
        signHead()
      } finally {
        heads.close()
        trail.close()
      }
    },
    repaired,
  }
}

const signedHead = (key: KeyObject, { sequence, hash }: ChainEnd, at: number): AuditHead => ({
  sequence,
  hash,
  at,
  signature: sign(null, Buffer.from(headText({ sequence, hash, at })), key).toString('base64'),
})

/**
 * Whether a crash explains a trail without a head: it came between the first record that is signed at once and its head, so
 * that record is the last one. A forger gains nothing by writing such a trail: an empty one would do as well.
 */
const diedBeforeFirstHead = (paths: InstancePaths, found: number): boolean => {
  const signable = lastLines(paths.audit, 2, (line) => SIGNED.has(AuditRecord.parse(JSON.parse(line)).event))
  return signable.every((line) => AuditRecord.parse(JSON.parse(line)).sequence === found)
}

/** The end of a trail that holds. Without heads the chain alone must hold: a crash may come between the first record and its head. */
const checkedEnd = (paths: InstancePaths, headsExist: boolean): ChainEnd => {
  const { last, fault } = verifyAudit({ trail: paths.audit, heads: paths.auditHeads, publicKey: paths.auditPublicKey })
  const fine = fault === null || fault.kind === 'headsMissing' || fault.kind === 'unsigned' || (fault.kind === 'missing' && !headsExist)
  if (fine) return last ?? CHAIN_START
  throw new ExitError(
    Exit.corrupt,
    `the audit trail ${paths.audit} cannot be continued: ${fault.message}`,
    'aegis-console audit verify shows more; to begin a new trail, move audit.jsonl and state/audit_heads.jsonl aside together, by hand',
  )
}
