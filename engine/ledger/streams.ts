import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, type Stats, statSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { replaceFile } from '../../src/atomic-file.ts'
import { dayUtc } from '../../src/calendar.ts'
import type { Cycle } from '../../src/contracts/cycle.ts'
import type { EngineEvent, EventKind } from '../../src/contracts/event.ts'
import { dayFiles } from '../../src/day-files.ts'
import type { InstancePaths } from '../../src/home.ts'
import { lastLines } from '../../src/jsonl.ts'
import type { Ledger } from './ledger.ts'
import { isMaterial, portfolioDecision } from './portfolio-decision.ts'
import { BUS_KINDS, busLine, decisionLine, EXIT_KINDS, exitLine, type StreamContext, shadowLine, tradeLine } from './stream-lines.ts'

const NEWLINE = 0x0a
/** Files of days that are kept open, a few for each kind of them: time goes on, and a year has more days than a process descriptors. */
const DAY_FILES_OPEN_MAX = 9
/** So many facts at once are brought up to while the engine trades; a start waits for all of them. */
const CATCH_UP_ROWS = 1_000

/** A line file that never holds a part of a line after `open`: what a crash cut off is cut away and written again from the ledger. */
type LineFile = {
  readonly append: (text: string) => void
  /** Somebody deleted or moved it: what is appended is not seen by anybody who opens its path. */
  readonly isGone: () => boolean
  readonly close: () => void
}

const isThere = (path: string, { dev, ino }: Stats): boolean => {
  const found = statSync(path, { throwIfNoEntry: false })
  return found !== undefined && found.ino === ino && found.dev === dev
}

const openLineFile = (path: string): LineFile => {
  const descriptor = openSync(path, 'a+', 0o600)
  const stats = fstatSync(descriptor)
  let { size } = stats
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
    isGone: () => !isThere(path, stats),
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
  /** Notices files that are gone, and brings the file that holds the newest portfolio decision alone up to it: replacing a file costs more than all lines of a cycle, so it has a pace of its own. */
  readonly refresh: () => void
  /** Why they are behind the ledger; null while they are not. */
  readonly behind: () => string | null
  readonly close: () => void
}

/**
 * The streams as projections of the ledger. Each resumes after the last ledger sequence (or cycle number) in its own file, so
 * a kill at any instant leaves neither a hole nor a double. Files that are deleted while the engine runs are made anew as a
 * start would make them, a part at a time; `onGone` hears of it.
 * Where a file cannot be resumed, such as one whose last line is not ours, nothing is written to any, and every `refresh` tries again:
 * no trouble with a projection keeps an engine from its exits.
 */
export const openStreams = (
  paths: InstancePaths,
  ledger: Ledger,
  context: StreamContext,
  onGone: (path: string) => void = () => undefined,
): Streams => {
  const folders = new Map<string, Stats>()
  const files = new Map<string, LineFile>()
  let behind: string | null = null
  /** How far each file came is known; until then nothing may be written behind what it has. */
  let resumed = false
  let toldGone: string | null = null
  /** Settings of the fact that was asked for last. */
  let settings = { sequence: 0, configHash: context.configHash }
  /** By which settings a fact was decided: a line that is written late, or again, says the same as it did or would have. */
  const contextAt = (sequence: number): StreamContext => {
    if (sequence < settings.sequence) settings = { sequence: 0, configHash: context.configHash }
    settings = { sequence, configHash: ledger.configHash(settings.sequence, sequence) ?? settings.configHash }
    return { ...context, configHash: settings.configHash }
  }
  const file = (path: string): LineFile => {
    const open = files.get(path)
    if (open !== undefined) return open
    const made = openLineFile(path)
    files.set(path, made)
    closeOldDays()
    return made
  }
  /** The one that was opened last stays. */
  const closeOldDays = (): void => {
    const days = [...files].filter(([path]) => dirname(path) !== paths.streams)
    for (const [path, old] of days.slice(0, -DAY_FILES_OPEN_MAX)) {
      files.delete(path)
      old.close()
    }
  }

  const at = (name: string): string => join(paths.streams, name)
  const daily = (folder: string): Daily => ({ folder, path: (event) => join(folder, `${dayUtc(event.at)}.jsonl`) })
  const single = (name: string): Daily => ({ folder: null, path: () => at(name) })
  const projection = (place: Daily, kinds: readonly EventKind[], line: Projection['line']): Projection => ({
    ...place,
    kinds,
    line,
    done: 0,
  })
  const bus = projection(single('signal_bus.jsonl'), BUS_KINDS, (event) => busLine(context, event))
  const decisions = projection(single('signal_decisions.jsonl'), ['signalDecided'], (event) =>
    event.kind === 'signalDecided' ? decisionLine(contextAt(event.sequence), event) : null,
  )
  const trades = projection(daily(paths.trades), ['orderFilled'], (event) =>
    event.kind === 'orderFilled' ? tradeLine(contextAt(event.sequence), event) : null,
  )
  const exits = projection(daily(paths.exitEvents), EXIT_KINDS, (event) => exitLine(context, event))
  const outcomes = projection(single('shadow_trade_outcomes.jsonl'), ['shadowClosed'], (event) =>
    event.kind === 'shadowClosed' ? shadowLine(context, event) : null,
  )
  const projections = [bus, decisions, trades, exits, outcomes]

  const done = { cycles: 0, portfolio: 0 }
  /** The newest decision while its own file has an older one: a kill may have come between the two. */
  let latest: string | null = null

  /** Makes what is not there, and finds out how far each file came. */
  const resume = (): void => {
    resumed = false
    closeAll()
    for (const folder of [paths.state, paths.streams, paths.trades, paths.exitEvents, paths.portfolioDecisions]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      folders.set(folder, statSync(folder))
    }
    for (const each of projections) each.done = resumeAfter(each, file)
    file(at('cycles.jsonl'))
    done.cycles = lastNumber(at('cycles.jsonl'), 'number')
    const decided = lastDecision(paths.portfolioDecisions)
    done.portfolio = decided.cycle
    latest = decided.text
    resumed = true
  }

  const closeAll = (): void => {
    for (const open of files.values()) open.close()
    files.clear()
  }

  /** A folder or an open file that is not what it was. */
  const gone = (): string | null => {
    for (const [path, stats] of folders) if (!isThere(path, stats)) return path
    for (const [path, open] of files) if (open.isGone()) return path
    return null
  }

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
    const line = portfolioDecision(contextAt(cycle.sequence), cycle, events)
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
  const catchUpOn = (wanted: readonly Projection[], room: Room): void => {
    const kinds = [...new Set(wanted.flatMap((each) => each.kinds))]
    for (let from = Math.min(...wanted.map((each) => each.done)); room.rows > 0; ) {
      const events = ledger.events(from, room.limit(), kinds)
      const last = events.at(-1)
      if (last === undefined) return
      write(events, wanted)
      from = last.sequence
      // Facts without a line are done with as well.
      for (const each of wanted) each.done = Math.max(each.done, from)
      room.rows -= events.length
    }
  }

  /** @returns whether all of it had room. */
  const catchUp = (room: Room): boolean => {
    catchUpOn([bus], room)
    catchUpOn([decisions], room)
    // These are few among all facts, so one look at the ledger does for them.
    catchUpOn([trades, exits, outcomes], room)
    while (room.rows > 0) {
      const cycles = ledger.cycles(done.portfolio, room.limit()).map((row) => row.cycle)
      const last = cycles.at(-1)
      if (last === undefined) break
      for (const cycle of cycles) if (isMaterial(cycle)) writePortfolio(cycle, ledger.events(cycle.sequence - cycle.events, cycle.events))
      done.portfolio = last.number
      room.rows -= cycles.length
    }
    while (room.rows > 0) {
      const cycles = ledger.cycles(done.cycles, room.limit()).map((row) => row.cycle)
      if (cycles.length === 0) break
      writeCycles(cycles)
      room.rows -= cycles.length
    }
    return room.rows > 0
  }

  /** What it returns is why they are behind still. */
  const attempt = (work: () => string | null): void => {
    try {
      behind = work()
    } catch (error) {
      behind = (error as Error).message
    }
  }

  const goOn = (why: string): string | null => (resumed && catchUp(roomFor(CATCH_UP_ROWS)) ? null : why)

  const startOver = (path: string): void => {
    behind = `${path} was deleted or moved: made anew from the ledger`
    if (path !== toldGone) onGone(path)
    toldGone = path // what cannot be made anew is told once
    resume()
  }

  attempt(() => {
    resume()
    catchUp(roomFor(Number.POSITIVE_INFINITY))
    replaceLatest()
    return null
  })

  return {
    export: (cycle, events) =>
      attempt(() => {
        if (behind !== null) return goOn(behind)
        write(events, projections)
        writePortfolio(cycle, events)
        writeCycles([cycle])
        return null
      }),
    refresh: () =>
      attempt(() => {
        const missing = resumed ? gone() : null
        if (missing !== null) startOver(missing)
        else if (!resumed) resume()
        else toldGone = null
        const left = behind === null ? null : goOn(behind)
        replaceLatest()
        return left
      }),
    behind: () => behind,
    close: () => {
      if (behind === null) {
        attempt(() => {
          replaceLatest()
          return null
        })
      }
      closeAll()
    },
  }
}

/** How many rows may still be read at this time. */
type Room = { rows: number; readonly limit: () => number | undefined }

const roomFor = (rows: number): Room => {
  const room: Room = { rows, limit: () => (Number.isFinite(room.rows) ? room.rows : undefined) }
  return room
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

const daysIn = (folder: string): string[] => dayFiles(folder).map((name) => join(folder, name))

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
