import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readdirSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile } from '../../src/atomic-file.ts'
import { dayUtc } from '../../src/calendar.ts'
import type { Cycle } from '../../src/contracts/cycle.ts'
import type { EngineEvent, EventKind } from '../../src/contracts/event.ts'
import type { InstancePaths } from '../../src/home.ts'
import { lastLines } from '../../src/jsonl.ts'
import type { Ledger } from './ledger.ts'
import { isMaterial, portfolioDecision } from './portfolio-decision.ts'
import { BUS_KINDS, busLine, decisionLine, EXIT_KINDS, exitLine, type StreamContext, shadowLine, tradeLine } from './stream-lines.ts'

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
  /** Brings the file that holds the newest portfolio decision alone up to it: replacing a file costs more than all lines of a cycle, so it has a pace of its own. */
  readonly refresh: () => void
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
  for (const folder of [paths.state, paths.trades, paths.exitEvents, paths.portfolioDecisions]) mkdirSync(folder, { recursive: true, mode: 0o700 })
  const files = new Map<string, LineFile>()
  let behind: string | null = null
  let configHash = context.configHash
  const file = (path: string): LineFile => {
    const open = files.get(path)
    if (open !== undefined) return open
    const made = openLineFile(path)
    files.set(path, made)
    return made
  }

  const at = (name: string): string => join(paths.streams, name)
  const daily = (folder: string): Daily => ({ folder, path: (event) => join(folder, `${dayUtc(event.at)}.jsonl`) })
  const single = (name: string): Daily => ({ folder: null, path: () => at(name) })
  const projection = (place: Daily, kinds: readonly EventKind[], line: Projection['line']): Projection => ({
    ...place,
    kinds,
    line,
    done: resumeAfter(place, file),
  })
  const bus = projection(single('signal_bus.jsonl'), BUS_KINDS, (event) => busLine(context, event))
  const decisions = projection(single('signal_decisions.jsonl'), ['signalDecided'], (event) =>
    event.kind === 'signalDecided' ? decisionLine({ ...context, configHash }, event) : null,
  )
  const trades = projection(daily(paths.trades), ['orderFilled'], (event) =>
    event.kind === 'orderFilled' ? tradeLine({ ...context, configHash }, event) : null,
  )
  const exits = projection(daily(paths.exitEvents), EXIT_KINDS, (event) => exitLine(context, event))
  const outcomes = projection(single('shadow_trade_outcomes.jsonl'), ['shadowClosed'], (event) =>
    event.kind === 'shadowClosed' ? shadowLine(context, event) : null,
  )
  const projections = [bus, decisions, trades, exits, outcomes]

  file(at('cycles.jsonl'))
  const decided = lastDecision(paths.portfolioDecisions)
  const done = { cycles: lastNumber(at('cycles.jsonl'), 'number'), portfolio: decided.cycle }
  /** The newest decision while its own file has an older one: a kill may have come between the two. */
  let latest: string | null = decided.text

  type Batch = { readonly text: string; readonly done: () => void }
  const append = (batches: Map<string, Batch>, path: string, line: object, after: () => void): void =>
    void batches.set(path, { text: `${batches.get(path)?.text ?? ''}${JSON.stringify(line)}\n`, done: after })

  /** One file at a time: what was written is remembered before the next file may fail. */
  const flush = (batches: ReadonlyMap<string, Batch>): void => {
    for (const [path, { text, done: after }] of batches) {
      file(path).append(text)
      after()
    }
  }

  const write = (events: readonly EngineEvent[], wanted: readonly Projection[]): void => {
    const batches = new Map<string, Batch>()
    for (const event of events) {
      if (event.kind === 'rulesChanged' || event.kind === 'orchestratorStarted') configHash = event.configHash
      for (const each of wanted) {
        const line = event.sequence > each.done ? each.line(event) : null
        if (line !== null)
          append(batches, each.path(event), line, () => {
            each.done = event.sequence
          })
      }
    }
    flush(batches)
  }

  const writeCycles = (cycles: readonly Cycle[]): void => {
    const batches = new Map<string, Batch>()
    for (const cycle of cycles) {
      if (cycle.number > done.cycles)
        append(batches, at('cycles.jsonl'), { ...cycle, mode: context.mode }, () => {
          done.cycles = cycle.number
        })
    }
    flush(batches)
  }

  const writePortfolio = (cycle: Cycle, events: readonly EngineEvent[]): void => {
    if (cycle.number <= done.portfolio || !isMaterial(cycle)) return
    const line = portfolioDecision({ ...context, configHash }, cycle, events)
    const text = `${JSON.stringify(line)}\n`
    file(join(paths.portfolioDecisions, `${dayUtc(cycle.feedAt ?? cycle.at)}.jsonl`)).append(text)
    done.portfolio = cycle.number
    latest = text
  }

  const replaceLatest = (): void => {
    if (latest === null) return
    replaceFile(paths.portfolioDecision, latest)
    latest = null
  }

  /** Each file looks for its own kinds only: the last trade may be a million facts ago, and to read all of them would be most of a start. */
  const catchUpOn = (wanted: readonly Projection[]): void => {
    const kinds = [...new Set(wanted.flatMap((each) => each.kinds))]
    for (let from = Math.min(...wanted.map((each) => each.done)); ; ) {
      const events = ledger.events(from, undefined, kinds)
      const last = events.at(-1)
      if (last === undefined) return
      write(events, wanted)
      from = last.sequence
    }
  }

  const catchUp = (): void => {
    catchUpOn([bus])
    catchUpOn([decisions])
    // These are few among all facts, so one look at the ledger does for them.
    catchUpOn([trades, exits, outcomes])
    for (let from = done.portfolio; ; ) {
      const cycles = ledger.cycles(from).map((row) => row.cycle)
      const last = cycles.at(-1)
      if (last === undefined) break
      for (const cycle of cycles) if (isMaterial(cycle)) writePortfolio(cycle, ledger.events(cycle.sequence - cycle.events, cycle.events))
      from = last.number
    }
    for (;;) {
      const cycles = ledger.cycles(done.cycles).map((row) => row.cycle)
      if (cycles.length === 0) break
      writeCycles(cycles)
    }
  }
  catchUp()
  replaceLatest()

  const attempt = (work: () => void): void => {
    try {
      work()
      behind = null
    } catch (error) {
      behind = (error as Error).message
    }
  }

  return {
    export: (cycle, events) =>
      attempt(() => {
        if (behind !== null) return catchUp()
        write(events, projections)
        writePortfolio(cycle, events)
        writeCycles([cycle])
      }),
    refresh: () =>
      attempt(() => {
        if (behind !== null) catchUp()
        replaceLatest()
      }),
    behind: () => behind,
    close: () => {
      if (behind === null) attempt(replaceLatest)
      for (const open of files.values()) open.close()
      files.clear()
    },
  }
}

type Daily = {
  /** Where it has a file a day; null where one file holds all of it. */
  readonly folder: string | null
  readonly path: (event: EngineEvent) => string
}

type Projection = Daily & {
  readonly kinds: readonly EventKind[]
  /** Null for a fact that is none of its lines. */
  readonly line: (event: EngineEvent) => object | null
  /** Ledger sequence of its last line. */
  done: number
}

const daysIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => /^\d{4}-\d\d-\d\d\.jsonl$/.test(name))
    .sort()
    .map((name) => join(folder, name))

/** Opening repairs the tails first; only then is the last line a whole one. */
const repaired = (folder: string): string[] => {
  const paths = daysIn(folder)
  for (const path of paths) openLineFile(path).close()
  return paths
}

const resumeAfter = ({ folder, path }: Daily, file: (path: string) => LineFile): number => {
  if (folder !== null) return repaired(folder).reduce((most, day) => Math.max(most, lastNumber(day, 'sequence')), 0)
  const only = path({ at: 0 } as EngineEvent)
  file(only)
  return lastNumber(only, 'sequence')
}

/** The last portfolio decision that was written, and the number of its cycle. */
const lastDecision = (folder: string): { readonly cycle: number; readonly text: string | null } =>
  repaired(folder).reduce<ReturnType<typeof lastDecision>>(
    (newest, day) => {
      const [line] = lastLines(day, 1)
      if (line === undefined) return newest
      const { cycle } = JSON.parse(line) as { cycle: { number: number } }
      return cycle.number > newest.cycle ? { cycle: cycle.number, text: `${line}\n` } : newest
    },
    { cycle: 0, text: null },
  )
