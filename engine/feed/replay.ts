import { setImmediate } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Clock } from '../../src/clock.ts'
import { BarFlag, type Instrument } from '../../src/contracts/market.ts'
import { inert } from '../../src/text.ts'
import type { Doorbell, Progress } from '../ring/port.ts'
import type { TapeWriter } from '../tape/port.ts'
import { createCsvReader, NEED_MORE } from './csv.ts'
import type { Desk } from './desk.ts'
import { FIELD, FIELDS, type Firewall, FUTURE, NOT_LOOKED, NOTHING_FOLLOWS, PASSED } from './firewall.ts'
import { SYMBOL_ROLE } from './header.ts'
import { BATCH, type Outlet } from './outlet.ts'
import { pacer } from './pacer.ts'
import type { ReplayFile } from './replay-file.ts'
import { bareSymbol } from './source-name.ts'
import { fineWall } from './wall.ts'

/** Rows before the resume point that are judged again, so that the firewall knows how a run of strange prices began. */
const REHEARSED_ROWS = 64
/** A sleep for the next bar is never longer, so that a stop or a stepped clock is noticed even if a bell is lost. */
const SLEEP_MS_MAX = 1_000

export type ReplayPorts = {
  readonly file: ReplayFile
  readonly speed: number | 'max'
  /** The instruments that rows of this file may be of. */
  readonly instruments: readonly Instrument[]
  /** Rows that the tape accounts for already. */
  readonly rowsDone: number
  readonly firewall: Firewall
  readonly desk: Desk
  readonly outlet: Outlet
  readonly tape: TapeWriter
  readonly bell: Doorbell
  readonly progress: Progress
  readonly clock: Clock
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  readonly stopping: () => boolean
}

/** How a replay came to its end; the process stays up in each case. */
export type ReplayEnd =
  | { readonly kind: 'ended'; readonly rows: number }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly reason: string }

/** From the file's first row that the tape lacks to its last: each becomes a bar or a counted reject, in the order of the file. */
export const runReplay = async (ports: ReplayPorts): Promise<ReplayEnd> => {
  const { file, speed, instruments, rowsDone, firewall, desk, outlet, tape, bell, progress, clock, log, stopping } = ports
  const { blocks } = file
  const rows = createCsvReader(file.columns, file.times.kind)
  const pace = speed === 'max' ? null : pacer(speed)
  const wall = fineWall(clock)
  const slots = new Map(instruments.map(({ symbol }, slot) => [bareSymbol(symbol), slot]))
  const onlySlot = file.instrument === null ? -1 : (slots.get(bareSymbol(file.instrument.symbol)) ?? -1)
  const hasColumn = file.columns.roles.includes(SYMBOL_ROLE) // where the settings name one symbol, rows of the others are refused
  const newest = tape.end().newest
  const newestRows = instruments.map(({ id }) => newest.get(id)?.row ?? 0)

  // A row whose time is ahead waits here for the next one to tell whether time went on.
  const held = { values: new Float64Array(FIELDS), row: 0, slot: -1, text: '', last: false, waits: false }

  let ahead: Uint8Array | null = file.head
  let failure: string | null = null
  let finished = false
  let skipped = 0
  let rejectsUnflushed = 0
  let ingestTime = 0
  let slipsSeen = 0

  const nextBlock = async (): Promise<Uint8Array | null> => {
    try {
      return await blocks.next()
    } catch (error) {
      failure = inert(error instanceof Error ? error.message : String(error))
      return null
    }
  }

  const flush = (): void => {
    outlet.publish()
    rejectsUnflushed = 0
  }

  /** One block is read ahead, so that the last row is known to be the last. */
  const refill = async (): Promise<void> => {
    flush()
    const block = ahead ?? new Uint8Array()
    ahead = await nextBlock()
    if (ahead === null) finished = true
    rows.give(block, ahead !== null ? 'more' : failure === null ? 'end' : 'torn')
    firewall.setNow(clock.now())
    await setImmediate() // messages and timers get their turn once a block
  }

  const due = async (eventTime: number): Promise<void> => {
    if (pace === null) return
    for (let wait = pace.wait(eventTime, clock.monotonic()); wait > 0 && !stopping(); wait = pace.wait(eventTime, clock.monotonic())) {
      progress.setWaiting(true)
      await bell.sleep(stopping, Math.min(wait, SLEEP_MS_MAX), true)
      progress.setWaiting(false)
    }
    if (pace.slips() > slipsSeen) {
      slipsSeen = pace.slips()
      log.warn({ slips: slipsSeen }, 'the replay fell more than a second behind and goes on from here at its pace')
    }
  }

  const rejected = (rule: number, slot: number, row: number, at: number, text: () => string): void => {
    if (row <= rowsDone) return
    desk.reject(rule, slot, row, at, text)
    rejectsUnflushed += 1
    if (rejectsUnflushed >= BATCH) flush()
  }

  const handOn = (slot: number, values: Float64Array, row: number, last: boolean): Promise<void> | null => {
    if (row <= rowsDone) return null // it was refused before; whatever made it pass now, its row is accounted for
    if (pace === null) {
      if (outlet.unpublished() === 0) ingestTime = wall()
    } else ingestTime = wall()
    const bar = desk.bar(slot, values, row, last ? BarFlag.last : 0, ingestTime)
    if (!outlet.take(bar)) return outlet.deliver(bar)
    if (pace !== null || outlet.unpublished() >= BATCH) flush()
    return null
  }

  const accepted = (slot: number, values: Float64Array, row: number, last: boolean): Promise<void> | null => {
    if (pace === null || row <= rowsDone) return handOn(slot, values, row, last)
    return due((values[FIELD.time] as number) + file.timeframeMs).then(() =>
      stopping() ? undefined : (handOn(slot, values, row, last) ?? undefined),
    )
  }

  /** Decides on the row that was held, now that the next one is known. */
  const release = (following: number): Promise<void> | null => {
    held.waits = false
    const rule = firewall.check(held.slot, held.values, following)
    if (rule === PASSED) return accepted(held.slot, held.values, held.row, held.last)
    rejected(rule, held.slot, held.row, held.values[FIELD.time] as number, () => held.text)
    return null
  }

  const hold = (slot: number): void => {
    held.values.set(rows.values)
    held.row = rows.row()
    held.slot = slot
    held.text = rows.text()
    held.last = rows.isLast()
    held.waits = true
  }

  const judge = (rule: number): Promise<void> | null => {
    const row = rows.row()
    const slot = hasColumn ? (slots.get(bareSymbol(rows.symbol())) ?? -1) : onlySlot
    if (row <= rowsDone && slot >= 0 && row <= (newestRows[slot] as number)) return null // the firewall knows from the tape
    const verdict = rule === PASSED ? firewall.check(slot, rows.values, NOT_LOOKED) : rule
    if (verdict === PASSED) return accepted(slot, rows.values, row, rows.isLast())
    const time = rows.values[FIELD.time] as number
    if (verdict === FUTURE && firewall.mayBeGap(time)) hold(slot)
    else rejected(verdict, slot, row, time, rows.text)
    return null
  }

  const toSkip = Math.max(0, rowsDone - REHEARSED_ROWS)
  firewall.setNow(clock.now())
  while (!stopping()) {
    if (skipped < toSkip) skipped += rows.skip(toSkip - skipped)
    const rule = skipped < toSkip ? NEED_MORE : rows.next()
    if (rule === NEED_MORE) {
      if (finished) break
      await refill()
      continue
    }
    if (held.waits) {
      const wait = release(rule === PASSED ? (rows.values[FIELD.time] as number) : NOTHING_FOLLOWS)
      if (wait !== null) await wait
      if (stopping()) break
    }
    const wait = judge(rule)
    if (wait !== null) await wait
  }
  if (held.waits && !stopping()) await release(NOTHING_FOLLOWS)
  flush()
  if (stopping()) return { kind: 'stopped' }
  if (failure !== null) return { kind: 'failed', reason: failure }
  if (rows.row() < rowsDone) log.warn({ rows: rows.row(), rowsDone }, 'the file has fewer rows than the tape has taken from it')
  return { kind: 'ended', rows: rows.row() }
}
