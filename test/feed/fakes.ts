import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type FeedPorts, runFeed } from '../../engine/feed/run.ts'
import type { BarRing, Doorbell, Progress } from '../../engine/ring/port.ts'
import type { FromChild } from '../../engine/supervisor/messages.ts'
import type { TapeEnd, TapeReader, TapeWriter } from '../../engine/tape/port.ts'
import { assert } from '../../src/assert.ts'
import type { Clock } from '../../src/clock.ts'
import { Config } from '../../src/contracts/config.ts'
import type { Bar, FirewallRule, Instrument } from '../../src/contracts/market.ts'
import type { FeedView } from '../../src/contracts/snapshot.ts'
import type { Millis } from '../../src/units.ts'

export const WALL = Date.UTC(2026, 0, 15, 12)

export const instrument = (id: number, symbol: string, tick = '0.01'): Instrument => ({
  id,
  symbol,
  tick,
  lot: '0.00000001',
  minNotional: '5',
  calendar: '24x7',
  sector: null,
})
export const INSTRUMENTS = [instrument(1, 'BTCUSD'), instrument(2, 'ETHUSD'), instrument(3, 'SOLUSD', '0.001')]

export type Row = Bar | { readonly rule: FirewallRule; readonly row: number; readonly instrument: number }
const isBar = (row: Row): row is Bar => 'sequence' in row

/** A power cut for a process: after so many calls of its ports every further one throws, and what was not flushed is gone. */
export class Killed extends Error {}
export type Fuse = { readonly burn: () => void }
export const fuse = (calls = Number.POSITIVE_INFINITY): Fuse => {
  let left = calls
  return {
    burn: () => {
      if (left <= 0) throw new Killed('killed')
      left -= 1
    },
  }
}

/** What outlives a feed: the tape's file and the source record. */
export const disk = () => ({ rows: [] as Row[], record: null as string | null })
export type Disk = ReturnType<typeof disk>
export const barsOn = ({ rows }: Disk): Bar[] => rows.filter(isBar)
export const rejectsOn = ({ rows }: Disk): Exclude<Row, Bar>[] => rows.filter((row): row is Exclude<Row, Bar> => !isBar(row))

export const tapeWriter = (on: Disk, { burn }: Fuse = fuse()): TapeWriter => {
  const buffer: Row[] = []
  const newest = new Map<number, Bar>()
  const barsByInstrument = new Map<number, number>()
  const rejectsByRule: Partial<Record<FirewallRule, number>> = {}
  let row = 0
  let bars = 0
  let rejects = 0
  let sequence = 0

  const count = (each: Row): void => {
    row = Math.max(row, each.row)
    if (isBar(each)) {
      assert(each.sequence === sequence + 1, `sequences have no holes: ${each.sequence} after ${sequence}`)
      sequence = each.sequence
      bars += 1
      newest.set(each.instrument, each)
      barsByInstrument.set(each.instrument, (barsByInstrument.get(each.instrument) ?? 0) + 1)
    } else {
      rejects += 1
      rejectsByRule[each.rule] = (rejectsByRule[each.rule] ?? 0) + 1
    }
  }
  for (const each of on.rows) count(each)

  return {
    end: (): TapeEnd => ({ sequence, row, bars, rejects, rejectsByRule, newest, barsByInstrument, tornBytes: 0 }),
    append: (bar) => {
      burn()
      const copy = { ...bar }
      count(copy)
      buffer.push(copy)
    },
    reject: (rule, at, id) => {
      burn()
      const reject = { rule, row: at, instrument: id }
      count(reject)
      buffer.push(reject)
    },
    flush: () => {
      burn()
      on.rows.push(...buffer.splice(0))
    },
    close: () => {
      on.rows.push(...buffer.splice(0))
    },
  }
}

export const tapeReader = (on: Disk): TapeReader => ({
  read: (from, to, onBar) => {
    let last = from - 1
    for (const bar of barsOn(on)) {
      if (bar.sequence < from || bar.sequence > to) continue
      onBar({ ...bar })
      last = bar.sequence
    }
    return last
  },
  sync: () => undefined,
  piece: () => null,
  lastSequence: () => barsOn(on).at(-1)?.sequence ?? 0,
  close: () => undefined,
})

/** What the reader of a ring got, and its shared memory, which outlives the writer. */
export const ringMemory = (capacity: number) => ({
  capacity,
  visible: [] as Bar[],
  taken: [] as number[],
  published: 0,
  committed: 0,
  overruns: 0,
})
export type RingMemory = ReturnType<typeof ringMemory>

/** A writer's side on this memory. What a dead writer pushed and did not publish is gone. */
export const ring = (memory: RingMemory, { burn }: Fuse = fuse()): BarRing => {
  const unseen: Bar[] = []
  return {
    capacity: memory.capacity,
    push: (bar) => {
      burn()
      if (memory.visible.length + unseen.length >= memory.capacity) return false
      unseen.push({ ...bar })
      return true
    },
    publish: () => {
      burn()
      memory.visible.push(...unseen.splice(0))
      memory.published = memory.visible.at(-1)?.sequence ?? memory.published
    },
    space: () => memory.capacity - memory.visible.length - unseen.length,
    published: () => memory.published,
    countOverrun: () => {
      memory.overruns += 1
    },
    pending: () => memory.visible.length,
    drain: () => 0,
    commit: () => undefined,
    committed: () => memory.committed,
    overruns: () => memory.overruns,
  }
}

/** The reader's side: takes at most `max` bars. */
export const takeFrom = (memory: RingMemory, max: number): void => {
  for (const bar of memory.visible.splice(0, max)) {
    memory.taken.push(bar.sequence)
    memory.committed = bar.sequence
  }
}

/** A bell whose sleep gives the world a turn (`onSleep` may take bars, move time or kill) and then ends. */
export const bell = (onSleep: (timeoutMs: number | undefined) => void | Promise<void> = () => undefined): Doorbell => {
  let wakeUp: () => void = () => undefined
  return {
    ring: () => undefined,
    wake: () => wakeUp(),
    sleep: async (hasWork, timeoutMs) => {
      if (hasWork()) return
      await onSleep(timeoutMs)
      if (timeoutMs !== undefined || hasWork()) return
      await new Promise<void>((resolve) => {
        wakeUp = resolve
      })
    },
    close: () => undefined,
  }
}

export const progress = (): Progress => {
  const counts = { work: 0, beat: 0, waiting: false }
  return {
    work: () => {
      counts.work += 1
    },
    beat: () => undefined,
    setWaiting: (waiting) => {
      counts.waiting = waiting
    },
    read: () => ({ ...counts }),
  }
}

export const fakeClock = (start = WALL) => {
  let time = start
  return {
    clock: { now: () => Math.floor(time) as Millis, monotonic: () => time - start } satisfies Clock,
    advance: (ms: number): void => {
      time += ms
    },
  }
}

export type LogLine = { readonly level: string; readonly fields: unknown; readonly text: string }

const logTo = (lines: LogLine[]): FeedPorts['log'] => {
  const at = (level: string) => (fields: unknown, text?: string) => void lines.push({ level, fields, text: text ?? String(fields) })
  return { info: at('info'), warn: at('warn'), error: at('error') } as unknown as FeedPorts['log']
}

export type World = {
  readonly disk?: Disk
  readonly brain?: RingMemory
  readonly orchestrator?: RingMemory
  readonly fuse?: Fuse
  readonly clock?: ReturnType<typeof fakeClock>
  readonly instruments?: readonly Instrument[]
  readonly onSleep?: (timeoutMs: number | undefined) => void | Promise<void>
}

/** The whole feed over fakes. Both rings are read as soon as the feed sleeps, unless `onSleep` says otherwise. */
export const startFeed = async (feed: Record<string, unknown>, world: World = {}) => {
  const on = world.disk ?? disk()
  const brain = world.brain ?? ringMemory(1_024)
  const orchestrator = world.orchestrator ?? ringMemory(1_024)
  const { clock } = world.clock ?? fakeClock()
  const sent: FromChild[] = []
  const lines: LogLine[] = []
  const ends: { resolve: (how: string) => void } = { resolve: () => undefined }
  const over = new Promise<string>((resolve) => {
    ends.resolve = resolve
  })
  const crashes: unknown[] = []
  const takeAll = (): void => {
    takeFrom(brain, brain.capacity)
    takeFrom(orchestrator, orchestrator.capacity)
  }
  const send = (message: FromChild): void => {
    sent.push(message)
    const state = message.kind === 'view' ? message.changes.feed?.state : undefined
    if (state === 'ended' || state?.startsWith('failed')) ends.resolve(state)
  }
  const ports: FeedPorts = {
    config: Config.parse({ feed }),
    instruments: world.instruments ?? INSTRUMENTS,
    tape: tapeWriter(on, world.fuse),
    reader: tapeReader(on),
    shared: {
      brainBars: ring(brain, world.fuse),
      orchestratorBars: ring(orchestrator, world.fuse),
      doorbells: { feed: bell(world.onSleep ?? takeAll), brain: bell(), orchestrator: bell() },
      progress: { feed: progress(), brain: progress(), orchestrator: progress() },
    },
    clock,
    log: logTo(lines),
    send,
    every: () => () => undefined,
    record: {
      read: () => on.record,
      write: (text) => {
        world.fuse?.burn()
        on.record = text
      },
    },
    crash: (error) => {
      crashes.push(error)
      ends.resolve(error instanceof Killed ? 'killed' : 'crashed')
    },
  }
  const handle = await runFeed(ports)
  const views = (): FeedView[] =>
    sent.flatMap((message) => (message.kind === 'view' && message.changes.feed !== undefined ? [message.changes.feed] : []))
  const lastView = (): FeedView => {
    const view = views().at(-1)
    assert(view !== undefined, 'the feed has shown itself')
    return view
  }
  return { handle, over, disk: on, brain, orchestrator, sent, lines, crashes, views, lastView, takeAll }
}

/** Runs a replay to its end and drains it. */
export const replayWhole = async (feed: Record<string, unknown>, world: World = {}) => {
  const run = await startFeed({ kind: 'replay', speed: 'max', ...feed }, world)
  const how = await run.over
  const view = run.lastView()
  if (how !== 'killed' && how !== 'crashed') await run.handle.drain('asked')
  run.takeAll()
  return { ...run, how, view }
}

/** A folder of its own for each test, removed when the test is over. */
export const folder = (onTestFinished: (clean: () => void) => void): string => {
  const path = mkdtempSync(join(tmpdir(), 'aegis-feed-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

export const candleFile = (path: string, content: string | Uint8Array): string => {
  const bytes = Buffer.from(content as string)
  writeFileSync(path, path.endsWith('.gz') ? gzipSync(bytes) : bytes)
  return path
}

export const MINUTE = 60_000
export const START = Date.UTC(2018, 0, 1)

/** `count` rows of quiet minutes. */
export const quietRows = (count: number, start = START): string[] =>
  Array.from({ length: count }, (_, index) => {
    const open = 100 + (index % 7)
    const close = 100 + ((index + 1) % 7)
    return `${start + index * MINUTE},${open},${Math.max(open, close) + 0.5},${Math.min(open, close) - 0.5},${close},${1 + index / 8}`
  })

export const HEADER = 't,open,high,low,close,volume'
