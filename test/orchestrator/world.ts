import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pino from 'pino'
import { loadStrategies } from '../../engine/brain/load.ts'
import { createBrain } from '../../engine/brain/machine.ts'
import type { PaperBroker } from '../../engine/brokers/broker.ts'
import { openPaperVenue } from '../../engine/brokers/paper.ts'
import { moneyFrom } from '../../engine/core/money.ts'
import type { Rules } from '../../engine/core/rules.ts'
import { emptyState } from '../../engine/core/state.ts'
import { type Ledger, openLedger } from '../../engine/ledger/ledger.ts'
import { openStreams, type Streams } from '../../engine/ledger/streams.ts'
import { recover } from '../../engine/orchestrator/recover.ts'
import { createOrchestrator } from '../../engine/orchestrator/run.ts'
import { stateFiles } from '../../engine/orchestrator/state-files.ts'
import { createSurroundings } from '../../engine/orchestrator/surroundings.ts'
import type { BarRing, Doorbell, RecordRing, Shared } from '../../engine/ring/port.ts'
import type { Boot, BrainRecord, FromChild, ToChild } from '../../engine/supervisor/messages.ts'
import type { TapeReader } from '../../engine/tape/port.ts'
import type { Bar } from '../../src/contracts/market.ts'
import { instancePaths } from '../../src/home.ts'
import { seeded } from '../../src/random.ts'
import type { Millis } from '../../src/units.ts'
import { arrayTape, memoryProgress } from '../brain/fakes.ts'
import { carelessRules as common, config as defaults, instruments, MINUTE, T0 } from '../helpers/engine-fixture.ts'
import { streamContext } from '../helpers/ledger-fixture.ts'

/** A random walk of one instrument, the same for the same seed. */
export const market = (seed: number, count: number): Bar[] => {
  const random = seeded(seed)
  let close = 100
  return Array.from({ length: count }, (_, index) => {
    const open = close
    close = Math.max(1, Math.round(open * (1 + 0.004 * random.normal()) * 100) / 100)
    const high = Math.max(open, close) * 1.001
    const low = Math.min(open, close) * 0.999
    const time = T0 + index * MINUTE
    return {
      sequence: index + 1,
      instrument: 0,
      timeframeMs: MINUTE,
      flags: 1,
      time,
      eventTime: time + MINUTE,
      ingestTime: time + MINUTE,
      open,
      high,
      low,
      close,
      volume: 1,
      row: index + 1,
    }
  })
}

/** The strategies of this world. */
export const loaded = loadStrategies({
  settings: [
    { id: 'sma-cross', timeframe: '1m', params: { fast: 5, slow: 15 } },
    { id: 'breakout', timeframe: '5m', params: {} },
  ],
  folder: '/nowhere',
  configFile: 'test',
  symbols: instruments.map(({ symbol }) => symbol),
})

/** Terms of its venue: many orders are filled in parts. */
export const terms = { ...defaults.paper, partialFillChance: 0.3 }

export const rules: Rules = { ...common, fills: { partialFillChance: terms.partialFillChance, seed: terms.seed } }

/** What the brain would have said of these bars, in order. */
export const wishes = (bars: readonly Bar[]): BrainRecord[] => {
  const records: BrainRecord[] = [
    {
      kind: 'brainStarted',
      warmFrom: 1,
      liveFrom: 1,
      strategies: loaded.strategies.map(({ id, timeframe, symbols, params, paramsHash, sourceHash }) => ({
        id,
        timeframe,
        symbols,
        params,
        paramsHash,
        sourceHash,
      })),
    },
  ]
  const brain = createBrain({ instruments, strategies: loaded.strategies, feedTimeframeMs: MINUTE })
  for (const bar of bars) brain.onBar(bar, (record) => void records.push(record), true)
  return records
}

/** Thrown by a port in place of a SIGKILL: nothing of the process runs after it. */
export class Killed extends Error {}

/** Counts the steps that leave a trace outside the process, and ends it at one of them. */
export type Killer = { readonly step: () => void; readonly steps: () => number }
export const killer = (at: number): Killer => {
  let steps = 0
  return {
    step: () => {
      steps += 1
      if (steps === at) throw new Killed(`killed at step ${at}`)
    },
    steps: () => steps,
  }
}

type RingState = { committed: number }
type RecordState = { freed: number }

/** Everything that outlives the orchestrator: the files, and what the shared memory holds. */
export type World = {
  readonly paths: ReturnType<typeof instancePaths>
  readonly bars: readonly Bar[]
  readonly records: readonly string[]
  readonly ring: RingState
  readonly recordRing: RecordState
  /** A tape with files of its own; an array stands for it without. */
  readonly tape?: () => TapeReader
  /** Milliseconds that its disk takes for a transaction. */
  readonly flushMs?: number
}

export const world = (folder: string, bars: readonly Bar[], records: readonly BrainRecord[]): World => {
  const paths = instancePaths(folder, 'default')
  for (const each of [paths.data, paths.state]) mkdirSync(each, { recursive: true })
  return { paths, bars, records: records.map((record) => JSON.stringify(record)), ring: { committed: 0 }, recordRing: { freed: 0 } }
}

const barRing = (bars: readonly Bar[], state: RingState, kill: Killer): BarRing => {
  let handed = state.committed
  return {
    capacity: 8_192,
    push: () => false,
    publish: () => undefined,
    space: () => 0,
    published: () => bars.length,
    countOverrun: () => undefined,
    pending: () => bars.length - handed,
    drain: (max, onBar) => {
      const batch = bars.slice(handed, handed + max)
      for (const bar of batch) onBar(bar)
      handed += batch.length
      return batch.length
    },
    commit: () => {
      if (handed === state.committed) return
      kill.step()
      state.committed = handed
      kill.step()
    },
    committed: () => state.committed,
    overruns: () => 0,
  }
}

const recordRing = (records: readonly string[], state: RecordState, kill: Killer): RecordRing => {
  let handed = state.freed
  return {
    push: () => false,
    pending: () => handed < records.length,
    peek: () => records[handed] ?? null,
    drain: (max, onRecord) => {
      const batch = records.slice(handed, handed + max)
      for (const record of batch) onRecord(record)
      handed += batch.length
      return batch.length
    },
    commit: () => {
      if (handed === state.freed) return
      kill.step()
      state.freed = handed
    },
  }
}

const around = <Port extends object>(port: Port, kill: Killer, names: readonly (keyof Port)[]): Port => {
  const wrapped = { ...port }
  for (const name of names) {
    const method = port[name] as (...args: unknown[]) => unknown
    wrapped[name] = ((...args: unknown[]) => {
      kill.step()
      const result = method(...args)
      kill.step()
      return result
    }) as Port[typeof name]
  }
  return wrapped
}

export type Life = { readonly killed: boolean; readonly sent: FromChild[]; readonly ledger: Ledger }

/** One life of an orchestrator in this world: until it is killed, or has nothing left to do and drains. */
export const live = async (
  { paths, bars, records, ring, recordRing: freed, tape: openTape = () => arrayTape(bars), flushMs = 0 }: World,
  kill: Killer,
  desired: Boot['desired']['state'] = 'running',
  /** Number of the bar during which the supervisor is found dead; 0 is before the first cycle. */
  orphanedAt = Number.POSITIVE_INFINITY,
  /** What the supervisor says while a bar is looked at. */
  meanwhile: (bar: number, tell: (message: ToChild) => void) => void = () => undefined,
): Promise<Life> => {
  const sent: FromChild[] = []
  const boot: Boot = {
    kind: 'boot',
    home: paths.home,
    instance: paths.instance,
    account: 'paper',
    mode: 'simulate',
    config: { ...defaults, feed: { kind: 'replay', file: 'x.csv', speed: 'max' } },
    configHash: 'hash',
    instruments,
    version: '0.0.0',
    startedAt: T0,
    desired: { state: desired, reason: 'new', actor: { kind: 'operator', uid: 0, name: 'test', tty: null, ssh: null }, commandId: null, at: T0 },
    killSwitch: null,
    troubles: [],
  }
  let mono = 0
  const clock = { now: () => (T0 + mono) as Millis, monotonic: () => (mono += 0.01) }
  const ledger = openLedger(paths.ledger, () => 'led')
  if (ledger.meta('startingCash') === null) ledger.setMeta('startingCash', '100000')
  const tape = openTape()
  const empty = emptyState({ ledgerId: 'led', mode: 'simulate', cash: moneyFrom('100000'), symbols: instruments.map(({ symbol }) => symbol) })
  const streams: Streams = openStreams(paths, ledger, streamContext)
  const venue: PaperBroker = openPaperVenue(paths.paperVenue, rules.scales, terms)
  let idle: () => void = () => undefined
  let orphaned: () => void = () => undefined
  const broker: PaperBroker = {
    ...venue,
    see: (bar) => {
      if (bar.sequence >= orphanedAt) orphaned()
      meanwhile(bar.sequence, (message) => orchestrator.onMessage(message))
      venue.see(bar)
    },
  }
  const bell: Doorbell = {
    ring: () => undefined,
    wake: () => undefined,
    close: () => undefined,
    sleep: async (hasWork) => {
      if (!hasWork()) idle()
    },
  }
  const shared: Shared = {
    brainBars: { ...barRing(bars, { committed: bars.length }, kill) },
    orchestratorBars: barRing(bars, ring, kill),
    signals: recordRing(records, freed, kill),
    doorbells: { feed: bell, brain: bell, orchestrator: bell },
    progress: { feed: memoryProgress(), brain: memoryProgress(), orchestrator: memoryProgress() },
    close: () => undefined,
  }
  const slowed: Ledger = {
    ...ledger,
    append: (transaction) => {
      mono += flushMs
      return ledger.append(transaction)
    },
  }
  let ledgerTrouble: string | null = null
  const recovered = recover(rules, ledger, tape, empty, (reason) => {
    ledgerTrouble = reason
  })
  const orchestrator = createOrchestrator(
    {
      boot,
      rules,
      ledger: around(slowed, kill, ['append']),
      tape,
      broker: around(broker, kill, ['submit', 'cancel', 'see']),
      streams: around(streams, kill, ['export']),
      shared,
      clock,
      log: pino({ level: 'silent' }),
      send: (message) => void sent.push(message),
      heartbeatPath: paths.heartbeat,
      stateFiles: stateFiles(paths),
      surroundings: createSurroundings({ boot, files: paths, broker: venue, clock, ledgerTrouble }),
      watchSwitch: () => () => undefined,
      pid: 1,
      supervisorPid: 1,
    },
    recovered,
  )
  const drained = new Promise<void>((resolve) => {
    idle = () => void orchestrator.drain('test', true).then(resolve)
    orphaned = () => {
      orphaned = () => undefined
      void orchestrator.drain('the supervisor is gone', false).then(resolve)
    }
  })
  try {
    const run = orchestrator.run()
    if (orphanedAt <= 0) orphaned()
    await run
    await drained
    return { killed: false, sent, ledger }
  } catch (error) {
    if (!(error instanceof Killed)) throw error
    // The files are let go as a dying process would: without a word.
    streams.close()
    broker.close()
    ledger.close()
    return { killed: true, sent, ledger }
  }
}

/** Trades as the streams have them, without what differs between two lives: ids made from ledger sequences. */
export const trades = ({ paths }: World) =>
  readdirSync(paths.trades)
    .sort()
    .flatMap((day) => readFileSync(join(paths.trades, day), 'utf8').trimEnd().split('\n'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .map(({ timestamp, symbol, action, quantity, price, profit_loss, exit_reasoning, commission }) => ({
      timestamp,
      symbol,
      action,
      quantity,
      price,
      profit_loss,
      exit_reasoning,
      commission,
    }))

/** Executions by the venue's own record, and by our ledger. */
export const executions = ({ paths }: World) => {
  const read = <Row>(path: string, sql: string): Row[] => {
    const database = new DatabaseSync(path, { readOnly: true })
    try {
      return database.prepare(sql).all() as Row[]
    } finally {
      database.close()
    }
  }
  const pick = (body: string) => {
    const { clientOrderId, executionId, quantity, price, fee } = JSON.parse(body)
    return { clientOrderId, executionId, quantity, price, fee }
  }
  return {
    venue: read<{ body: string }>(paths.paperVenue, "SELECT body FROM reports WHERE kind = 'filled' ORDER BY venue_sequence").map((row) =>
      pick(row.body),
    ),
    ledger: read<{ body: string }>(paths.ledger, "SELECT body FROM events WHERE kind = 'orderFilled' ORDER BY sequence").map((row) => pick(row.body)),
    orders: read<{ n: number }>(paths.paperVenue, 'SELECT count(*) AS n FROM orders')[0]?.n ?? 0,
    intents: read<{ n: number }>(paths.ledger, "SELECT count(*) AS n FROM events WHERE kind = 'orderIntended'")[0]?.n ?? 0,
  }
}
