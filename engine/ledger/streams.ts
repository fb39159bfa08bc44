import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readdirSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { dayUtc } from '../../src/calendar.ts'
import type { Cycle } from '../../src/contracts/cycle.ts'
import type { EngineEvent, EventKind } from '../../src/contracts/event.ts'
import type { InstancePaths } from '../../src/home.ts'
import { lastLines } from '../../src/jsonl.ts'
import type { Ledger } from './ledger.ts'
import { BUS_KINDS, busLine, decisionLine, type StreamContext, shadowLine, tradeLine } from './stream-lines.ts'

const NEWLINE = 0x0a

/** A line file that never holds a part of a line after `open`: what a crash cut off is cut away and written again from the ledger. */
type LineFile = { readonly append: (text: string) => void; readonly close: () => void }

const openLineFile = (path: string): LineFile => {
  const descriptor = openSync(path, 'a+', 0o600)
  let size = fstatSync(descriptor).size
  const whole = wholeLines(descriptor, size)
  if (whole < size) {
    ftruncateSync(descriptor, whole)
    size = whole
  }
  return {
    append: (text) => {
      const bytes = Buffer.from(text)
      try {
        for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done)
        size += bytes.length
      } catch (error) {
        ftruncateSync(descriptor, size)
        throw error
      }
    },
    close: () => closeSync(descriptor),
  }
}

/** Bytes up to and with the last newline. */
const wholeLines = (descriptor: number, size: number): number => {
  const block = Buffer.alloc(65_536)
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - block.length)
    readSync(descriptor, block, 0, end - start, start)
    const at = block.subarray(0, end - start).lastIndexOf(NEWLINE)
    if (at >= 0) return start + at + 1
    end = start
  }
  return 0
}

const lastNumber = (path: string, field: 'sequence' | 'number'): number => {
  const [line] = lastLines(path, 1)
  if (line === undefined) return 0
  const value = (JSON.parse(line) as Record<string, unknown>)[field]
  if (typeof value !== 'number') throw new Error(`${path}: the last line has no ${field}`)
  return value
}

export type Streams = {
  /** Appends what a committed cycle left. A failure puts the streams behind; they catch up from the ledger at a later call. */
  readonly export: (cycle: Cycle, events: readonly EngineEvent[]) => void
  /** Why they are behind the ledger; null while they are not. */
  readonly behind: () => string | null
  readonly close: () => void
}

/**
 * The streams as projections of the ledger. Each resumes after the last ledger sequence (or cycle number) in its own file, so
 * a kill at any instant leaves neither a hole nor a double.
 * @throws Error where the last line of a file is not one of ours.
 */
export const openStreams = (paths: InstancePaths, ledger: Ledger, context: StreamContext): Streams => {
  mkdirSync(paths.trades, { recursive: true, mode: 0o700 })
  const files = new Map<string, LineFile>()
  let behind: string | null = null
  const at = (name: string): string => join(paths.streams, name)
  const file = (path: string): LineFile => {
    const open = files.get(path)
    if (open !== undefined) return open
    const made = openLineFile(path)
    files.set(path, made)
    return made
  }

  // Opening repairs the tails first; only then is the last line a whole one.
  for (const name of ['signal_bus.jsonl', 'signal_decisions.jsonl', 'shadow_trade_outcomes.jsonl', 'cycles.jsonl']) file(at(name))
  const days = readdirSync(paths.trades)
    .filter((name) => /^\d{4}-\d\d-\d\d\.jsonl$/.test(name))
    .sort()
  for (const day of days) openLineFile(join(paths.trades, day)).close()

  const done = {
    bus: lastNumber(at('signal_bus.jsonl'), 'sequence'),
    decisions: lastNumber(at('signal_decisions.jsonl'), 'sequence'),
    shadows: lastNumber(at('shadow_trade_outcomes.jsonl'), 'sequence'),
    trades: days.reduce((most, day) => Math.max(most, lastNumber(join(paths.trades, day), 'sequence')), 0),
    cycles: lastNumber(at('cycles.jsonl'), 'number'),
  }

  const write = (events: readonly EngineEvent[], cycles: readonly Cycle[]): void => {
    const texts = new Map<string, string>()
    const add = (path: string, line: object): void => void texts.set(path, `${texts.get(path) ?? ''}${JSON.stringify(line)}\n`)
    let [bus, decisions, shadows, trades, cycleNumber] = [done.bus, done.decisions, done.shadows, done.trades, done.cycles]
    for (const event of events) {
      const signal = event.sequence > bus ? busLine(context, event) : null
      if (signal !== null) {
        add(at('signal_bus.jsonl'), signal)
        bus = event.sequence
      }
      if (event.kind === 'signalDecided' && event.sequence > decisions) {
        add(at('signal_decisions.jsonl'), decisionLine(context, event))
        decisions = event.sequence
      }
      if (event.kind === 'shadowClosed' && event.sequence > shadows) {
        add(at('shadow_trade_outcomes.jsonl'), shadowLine(context, event))
        shadows = event.sequence
      }
      if (event.kind === 'orderFilled' && event.sequence > trades) {
        add(join(paths.trades, `${dayUtc(event.at)}.jsonl`), tradeLine(context, event))
        trades = event.sequence
      }
    }
    for (const cycle of cycles) {
      if (cycle.number <= cycleNumber) continue
      add(at('cycles.jsonl'), { ...cycle, mode: context.mode })
      cycleNumber = cycle.number
    }
    // One file at a time: what was written is remembered before the next file may fail.
    for (const [path, text] of texts) {
      file(path).append(text)
      if (path === at('signal_bus.jsonl')) done.bus = bus
      else if (path === at('signal_decisions.jsonl')) done.decisions = decisions
      else if (path === at('shadow_trade_outcomes.jsonl')) done.shadows = shadows
      else if (path === at('cycles.jsonl')) done.cycles = cycleNumber
      else done.trades = Math.max(done.trades, lastSequence(text))
    }
  }

  /** Each file looks for its own kinds only: the last trade may be a million facts ago, and to read all of them would be most of a start. */
  const catchUpOn = (after: number, kinds: readonly EventKind[]): void => {
    for (let from = after; ; ) {
      const events = ledger.events(from, undefined, kinds)
      const last = events.at(-1)
      if (last === undefined) return
      write(events, [])
      from = last.sequence
    }
  }

  const catchUp = (): void => {
    catchUpOn(done.bus, BUS_KINDS)
    catchUpOn(done.decisions, ['signalDecided'])
    catchUpOn(done.shadows, ['shadowClosed'])
    catchUpOn(done.trades, ['orderFilled'])
    for (;;) {
      const cycles = ledger.cycles(done.cycles).map((row) => row.cycle)
      if (cycles.length === 0) break
      write([], cycles)
    }
  }
  catchUp()

  return {
    export: (cycle, events) => {
      try {
        if (behind === null) write(events, [cycle])
        else catchUp()
        behind = null
      } catch (error) {
        behind = (error as Error).message
      }
    },
    behind: () => behind,
    close: () => {
      for (const open of files.values()) open.close()
      files.clear()
    },
  }
}

const lastSequence = (text: string): number => {
  const line = text.slice(text.lastIndexOf('\n', text.length - 2) + 1)
  return (JSON.parse(line) as { sequence: number }).sequence
}
