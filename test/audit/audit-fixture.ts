import { type KeyObject, sign } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { systemActor } from '../../engine/audit/actor.ts'
import { openTrail, type Trail, type TrailOptions } from '../../engine/audit/trail.ts'
import { type AuditVerdict, auditLine, CHAIN_START, chainedRecord, headText, verifyAudit } from '../../src/audit-chain.ts'
import type { Clock } from '../../src/clock.ts'
import type { Actor, AuditHead, AuditRecord } from '../../src/contracts/audit.ts'
import { type InstancePaths, instancePaths } from '../../src/home.ts'
import { millis } from '../../src/units.ts'
import { tempFolder } from '../helpers/temp.ts'

export const T0 = Date.UTC(2026, 0, 5)
export const person: Actor = { kind: 'operator', uid: 1000, name: 'ana', tty: '/dev/pts/3', ssh: '192.0.2.7' }

/** Each look at it is one second later. */
export const tickingClock = (): Clock => {
  let at = T0
  return {
    now: () => {
      at += 1_000
      return millis(at)
    },
    monotonic: () => at,
  }
}

export const freshPaths = (): InstancePaths => instancePaths(tempFolder(), 'default')

export const open = (paths: InstancePaths, options: Partial<TrailOptions> = {}): Trail => openTrail({ paths, clock: tickingClock(), ...options })

export const verdict = (paths: InstancePaths): AuditVerdict =>
  verifyAudit({ trail: paths.audit, heads: paths.auditHeads, publicKey: paths.auditPublicKey })

/** A trail of BOT_START, `count` commands, BOT_STOP; signed after each of them. */
export const writtenTrail = (count = 5): InstancePaths => {
  const paths = freshPaths()
  const trail = open(paths)
  trail.append({ event: 'BOT_START', actor: systemActor, reason: 'asked' })
  for (let number = 1; number <= count; number += 1) {
    trail.append({ event: 'COMMAND', actor: person, reason: `reason ${number}`, cause: `command-${number}`, detail: { outcome: 'accepted', number } })
  }
  trail.append({ event: 'BOT_STOP', actor: systemActor, reason: 'asked' })
  trail.close()
  return paths
}

export const linesOf = (path: string): string[] => readFileSync(path, 'utf8').split('\n').slice(0, -1)
export const recordsOf = (paths: InstancePaths): AuditRecord[] => linesOf(paths.audit).map((line) => JSON.parse(line) as AuditRecord)
export const headsOf = (paths: InstancePaths): AuditHead[] => linesOf(paths.auditHeads).map((line) => JSON.parse(line) as AuditHead)
export const writeLines = (path: string, lines: readonly string[]): void => writeFileSync(path, lines.map((line) => `${line}\n`).join(''))

/** The same facts under a chain computed again from the start: what a careful forger writes. */
export const rechained = (records: readonly AuditRecord[]): string[] => {
  let end = CHAIN_START
  return records.map((record) => {
    const link = chainedRecord(end, record)
    end = link
    return auditLine(link)
  })
}

export const signedBy = (key: KeyObject, { sequence, hash, at }: Pick<AuditHead, 'sequence' | 'hash' | 'at'>): string =>
  JSON.stringify({ sequence, hash, at, signature: sign(null, Buffer.from(headText({ sequence, hash, at })), key).toString('base64') })
