import { isUtf8 } from 'node:buffer'
import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto'
import { closeSync, readSync } from 'node:fs'
import { type Actor, type AuditEvent, AuditHead, AuditRecord, beganAnew, GENESIS } from './contracts/audit.ts'
import { hashOf } from './hash.ts'
import { openRegular, readRegular } from './regular-file.ts'
import { inertJson } from './text.ts'

/** The longest line that a trail may hold. A longer one is none of ours, and nothing here reads it into memory. */
export const AUDIT_LINE_BYTES_MAX = 1_048_576

const BLOCK_BYTES = 1_048_576
const NEWLINE = 0x0a

/** Where a chain ends: the next record goes on from here. */
export type ChainEnd = { readonly sequence: number; readonly hash: string }

export const CHAIN_START: ChainEnd = { sequence: 0, hash: GENESIS }

export type AuditFact = {
  readonly time: string
  readonly event: AuditEvent
  readonly actor: Actor
  readonly reason: string
  readonly cause: string | null
  readonly detail: AuditRecord['detail']
}

/** The record that follows `previous`. Its hash covers everything else in it, the hash of its predecessor included. */
export const chainedRecord = (previous: ChainEnd, { time, event, actor, reason, cause, detail }: AuditFact): AuditRecord => {
  const body = { sequence: previous.sequence + 1, time, event, actor, reason, cause, detail, previous: previous.hash }
  return { ...body, hash: hashOf(body) }
}

/** The one text a record has in the trail: harmless on a terminal, and another spelling of the same value is a fault. */
export const auditLine = (record: AuditRecord): string => inertJson(JSON.stringify(record))

/** What a head's signature covers. */
export const headText = ({ sequence, hash, at }: Pick<AuditHead, 'sequence' | 'hash' | 'at'>): string => `${sequence}|${hash}|${at}`

/** `cutTail` is also what an older copy of the trail looks like; `unsigned` what a trail is whose heads began anew. */
export type AuditFaultKind =
  | 'json'
  | 'schema'
  | 'sequence'
  | 'previous'
  | 'hash'
  | 'cutTail'
  | 'rewritten'
  | 'headSignature'
  | 'noKey'
  | 'missing'
  | 'headsMissing'
  | 'unsigned'

export type AuditFault = {
  readonly kind: AuditFaultKind
  /** Line of the trail; of the heads where the kind is `headSignature`; null where no line is to blame. */
  readonly line: number | null
  readonly message: string
}

export type AuditVerdict = {
  readonly ok: boolean
  /** Records up to the first fault. */
  readonly records: number
  readonly last: ChainEnd | null
  /** Heads whose signature holds. */
  readonly heads: number
  /** From this record on signatures cover the trail; what is before it is only chained. Null where none covers anything. */
  readonly signedFrom: number | null
  readonly fault: AuditFault | null
  /** What remains possible although the verdict is good, for the reader to judge. */
  readonly doesNotProve: readonly string[]
}

export type VerifyOptions = { readonly trail: string; readonly heads: string; readonly publicKey: string }

/**
 * Walks the whole trail and compares it with the signed heads. The first bad line is named; chain and heads are compared in
 * the order of the lines, then the end of the trail, then the heads' own signatures. A last line without its newline is
 * being written or was torn by a crash: it is neither counted nor a fault, because no head is signed before its record is
 * whole and on the disk. If a head does cover it, the verdict is `cutTail`. A trail in which everything else holds is still not
 * whole where its heads began anew: until then its older part could be rewritten with nobody the wiser.
 */
export const verifyAudit = ({ trail, heads: headsPath, publicKey }: VerifyOptions): AuditVerdict => {
  const heads = readHeads(headsPath, publicKey)
  const walked = walk(trail, heads.good)
  const { end } = walked
  const fault = walked.fault ?? beyond(heads.good, end, walked.missing) ?? heads.fault ?? olderPart(walked.anew)
  return {
    ok: fault === null,
    records: end.sequence,
    last: end.sequence === 0 ? null : end,
    heads: heads.good.length,
    signedFrom: heads.good.length === 0 || end.sequence === 0 ? null : (walked.anew?.at ?? 1),
    fault,
    doesNotProve: limits(end, heads.good),
  }
}

type SignedHead = ChainEnd & { readonly line: number }

type Heads = { readonly good: readonly SignedHead[]; readonly fault: AuditFault | null }

/** Heads by sequence. One with a bad signature says nothing about the trail and is a fault of its own. */
const readHeads = (path: string, publicKey: string): Heads => {
  const good: SignedHead[] = []
  let key: KeyObject | null | undefined
  let fault: AuditFault | null = null
  let line = 0
  for (const text of auditLines(path) ?? []) {
    line += 1
    if (key === undefined) key = readKey(publicKey)
    if (key === null)
      return { good: [], fault: { kind: 'noKey', line: null, message: `no usable public key at ${publicKey}: the heads cannot be checked` } }
    const head = parseHead(text)
    if (head !== null && verify(null, Buffer.from(headText(head)), key, Buffer.from(head.signature, 'base64'))) good.push({ ...head, line })
    else
      fault ??= {
        kind: 'headSignature',
        line,
        message: `line ${line} of the heads is ${head === null ? 'not a head' : 'not signed with the key of this trail'}`,
      }
  }
  if (line === 0) fault = { kind: 'headsMissing', line: null, message: `no signed head at ${path}: a cut tail or a rewritten trail would not show` }
  return { good: good.sort((a, b) => a.sequence - b.sequence), fault }
}

const readKey = (path: string): KeyObject | null => {
  try {
    const key = createPublicKey(readRegular(path))
    return key.asymmetricKeyType === 'ed25519' ? key : null
  } catch {
    return null // reported as `noKey`, whatever hides it
  }
}

const parseHead = (text: string | null): AuditHead | null => {
  const parsed = AuditHead.safeParse(parseJson(text))
  return parsed.success ? parsed.data : null
}

const parseJson = (text: string | null): unknown => {
  if (text === null) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined // no JSON text has this value
  }
}

/** Heads began anew with record `at`, and no head covers those from `from` until then. */
type Anew = { readonly from: number; readonly at: number }

type Walked = { readonly end: ChainEnd; readonly fault: AuditFault | null; readonly missing: boolean; readonly anew: Anew | null }

const walk = (path: string, heads: readonly SignedHead[]): Walked => {
  const lines = auditLines(path)
  if (lines === null) {
    const newest = heads.at(-1)
    const known = newest === undefined ? '' : `, and a signed head names record ${newest.sequence} of it`
    return { end: CHAIN_START, fault: { kind: 'missing', line: null, message: `no trail at ${path}${known}` }, missing: true, anew: null }
  }
  let end = CHAIN_START
  let next = 0
  let anew: Anew | null = null
  for (const text of lines) {
    const line = end.sequence + 1
    const link = checkLine(end, text, line)
    if ('kind' in link) return { end, fault: link, missing: false, anew }
    // Heads that somebody put back cover what they cover.
    const covered = heads[next - 1]?.sequence ?? 0
    if (link.anew && covered < end.sequence) anew = later(anew, covered + 1, link.sequence)
    for (let head = heads[next]; head !== undefined && head.sequence <= link.sequence; head = heads[next]) {
      if (head.sequence === link.sequence && head.hash !== link.hash) return { end, fault: rewritten(head, line), missing: false, anew }
      next += 1
    }
    end = { sequence: link.sequence, hash: link.hash }
  }
  return { end, fault: null, missing: false, anew }
}

/** Signing that began anew more than once: unsigned from the first gap until the last time. */
const later = (anew: Anew | null, from: number, at: number): Anew => ({ from: anew?.from ?? from, at })

const olderPart = (anew: Anew | null): AuditFault | null =>
  anew && {
    kind: 'unsigned',
    line: anew.at,
    message: `signatures hold from record ${anew.at} on, where the signed heads began anew; ${anew.from === anew.at - 1 ? `record ${anew.from} is` : `records ${anew.from} to ${anew.at - 1} are`} only chained, not signed, and may have been rewritten before`,
  }

const rewritten = (head: SignedHead, line: number): AuditFault => ({
  kind: 'rewritten',
  line,
  message: `line ${line} is not the record that was signed (line ${head.line} of the heads): it or something before it was rewritten`,
})

/** The line as the next link of the chain, or what is wrong with it. */
const checkLine = (end: ChainEnd, text: string | null, line: number): (ChainEnd & { readonly anew: boolean }) | AuditFault => {
  const value = parseJson(text)
  if (text === null || value === undefined) return { kind: 'json', line, message: `line ${line} is not JSON` }
  const spelled = JSON.stringify(value)
  if (spelled !== text && inertJson(spelled) !== text) return { kind: 'json', line, message: `line ${line} is not spelled as the engine writes it` }
  const parsed = AuditRecord.safeParse(value)
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join('.') ?? ''
    return { kind: 'schema', line, message: `line ${line} is not an audit record${where === '' ? '' : `: ${where}`}` }
  }
  const { hash: written, ...body } = value as AuditRecord // what was written, not what the schema made of it
  if (body.sequence !== end.sequence + 1) {
    return {
      kind: 'sequence',
      line,
      message: `line ${line} has sequence ${body.sequence} where ${end.sequence + 1} belongs: a record was removed, added or moved`,
    }
  }
  if (body.previous !== end.hash) {
    return { kind: 'previous', line, message: `line ${line} does not follow the line before it: one of the two was replaced` }
  }
  if (hashOfBody(body) !== written) return { kind: 'hash', line, message: `line ${line} was changed: its hash does not fit` }
  return { sequence: body.sequence, hash: written, anew: beganAnew(body) }
}

/** Of keys that begin with these an object keeps another order than the one they were given in. */
const UNSORTABLE = /^[\d_]/

/**
 * The very text of `canonical` at a quarter of its time, which is most of what a verification costs: the schema has just
 * said which members there are, so they are only put into their order.
 */
const hashOfBody = (body: Omit<AuditRecord, 'hash'>): string => {
  const { actor, cause, detail, event, previous, reason, sequence, time } = body
  const keys = Object.keys(detail)
  if (keys.some((key) => UNSORTABLE.test(key))) return hashOf(body)
  const sorted: Record<string, unknown> = {}
  for (const key of keys.sort()) sorted[key] = detail[key]
  const { kind, name, ssh, tty, uid } = actor
  return hash('sha256', JSON.stringify({ actor: { kind, name, ssh, tty, uid }, cause, detail: sorted, event, previous, reason, sequence, time }))
}

const beyond = (heads: readonly SignedHead[], end: ChainEnd, missing: boolean): AuditFault | null => {
  const newest = heads.at(-1)
  if (missing || newest === undefined || newest.sequence <= end.sequence) return null
  const message = `the trail ends with record ${end.sequence}, but record ${newest.sequence} was signed: its end was cut off, or this is an older copy`
  return { kind: 'cutTail', line: end.sequence === 0 ? null : end.sequence, message }
}

const limits = (end: ChainEnd, heads: readonly SignedHead[]): readonly string[] => {
  const newest = heads.at(-1)?.sequence ?? 0
  const unsigned = end.sequence - newest
  return [
    `that nothing was cut off after the newest signed head (record ${newest})${unsigned > 0 ? `, nor that the ${unsigned} records since are unchanged` : ''}`,
    'anything against someone who can act as the user of the engine: the signing key and the heads lie on the same machine; compare with heads that were copied elsewhere',
    'that everything that happened was recorded: it covers what was written, not what never was',
    "that the times are right: they are those of the machine's clock",
  ]
}

/**
 * The lines of a file in order, read in blocks. Null in place of a line that is not UTF-8 or is too long; a last line without
 * its newline is left out. Null where there is no file.
 */
const auditLines = (path: string): Iterable<string | null> | null => {
  let descriptor: number
  try {
    descriptor = openRegular(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  return readLines(descriptor)
}

function* readLines(descriptor: number): Generator<string | null> {
  const block = Buffer.allocUnsafe(BLOCK_BYTES)
  let carry = Buffer.alloc(0)
  try {
    for (let read = readSync(descriptor, block); read > 0; read = readSync(descriptor, block)) {
      const bytes = carry.length === 0 ? block.subarray(0, read) : Buffer.concat([carry, block.subarray(0, read)])
      const whole = bytes.lastIndexOf(NEWLINE)
      if (whole >= 0) yield* textLines(bytes.subarray(0, whole))
      carry = Buffer.from(bytes.subarray(whole + 1))
      if (carry.length > AUDIT_LINE_BYTES_MAX) {
        yield null
        return // nothing after it can be trusted, and the caller stops at the first bad line
      }
    }
  } finally {
    closeSync(descriptor)
  }
}

function* textLines(bytes: Buffer): Generator<string | null> {
  if (isUtf8(bytes)) {
    yield* bytes.toString('utf8').split('\n')
    return
  }
  for (let from = 0; from <= bytes.length; ) {
    const at = bytes.indexOf(NEWLINE, from)
    const line = bytes.subarray(from, at < 0 ? bytes.length : at)
    yield isUtf8(line) ? line.toString('utf8') : null
    from += line.length + 1
  }
}
