import { assert } from '../../src/assert.ts'
import type { Bar, Instrument } from '../../src/contracts/market.ts'
import { timeframeText } from '../../src/contracts/market.ts'
import type { Signal } from '../../src/contracts/signal.ts'
import type { StrategyView } from '../../src/contracts/snapshot.ts'
import { sha256 } from '../../src/hash.ts'
import type { BrainRecord } from '../supervisor/messages.ts'
import { type Aggregator, aggregate, type ClosedBar, KEPT_BARS } from './aggregate.ts'
import { blame } from './blame.ts'
import type { Context, Strategy } from './strategy.ts'
import { type CheckedWish, checkWish, passed } from './wish.ts'

/** Base bars that may be read again only to refill what is kept; more only where a strategy's warm-up asks for it. */
const REFILL_BARS_MAX = 250_000

/** `source` of what comes with the engine. */
export const BUILT_IN_SOURCE = 'built-in'

/** A strategy with its settings, ready to run. */
export type LoadedStrategy = {
  readonly strategy: Strategy
  readonly id: string
  /** `built-in`, or the path of the user's file. */
  readonly source: string
  readonly timeframe: string
  readonly timeframeMs: number
  /** Null trades every instrument. */
  readonly symbols: readonly string[] | null
  readonly params: unknown
  /** Own bars before its first signal. */
  readonly warmup: number
  readonly paramsHash: string
  readonly sourceHash: string
}

export type Emit = (record: BrainRecord) => void

export type BrainSetup = {
  readonly instruments: readonly Instrument[]
  readonly strategies: readonly LoadedStrategy[]
  /** Length of the feed's bars, for `warmupBars` only; null where no bar has shown it yet. */
  readonly feedTimeframeMs: number | null
}

/** All strategies on all instruments. It has no clock and no chance: the same bars give the same records. */
export type Brain = {
  /** Takes the next base bar; copies what it keeps. `live` false warms up: everything runs, no signal leaves. */
  readonly onBar: (bar: Bar, emit: Emit, live: boolean) => void
  /** Base bars to read before the first live one: enough for every warm-up, and to refill the kept bars where that is cheap. */
  readonly warmupBars: () => number
  /** Pairs of strategy and instrument, among the instruments seen, that cannot make a signal yet. */
  readonly cold: () => number
  readonly views: () => StrategyView[]
}

/** One strategy over all its symbols. */
type Running = {
  readonly loaded: LoadedStrategy
  readonly lanes: Map<number, Lane>
  stopped: string | null
  signals: number
  /** Signals that came after a gap with their stop or target already passed, and so were not made. */
  outrun: number
}

/** One strategy on one symbol. */
type Lane = {
  readonly running: Running
  readonly context: Context<never, never>
  readonly closed: () => number
  readonly run: (bar: ClosedBar) => CheckedWish | null
}

/** One instrument at one length of base bars. */
type Series = {
  readonly baseMs: number
  readonly aggregators: readonly Aggregator[]
  lastTime: number
}

export const createBrain = ({ instruments, strategies, feedTimeframeMs }: BrainSetup): Brain => {
  const symbols = new Map(instruments.map(({ id, symbol }) => [id, symbol]))
  const running: Running[] = strategies.map((loaded) => ({ loaded, lanes: new Map(), stopped: null, signals: 0, outrun: 0 }))
  /** By instrument id; null where the instrument is not configured. */
  const seriesById: (Series | null | undefined)[] = []
  // What `onBar` was given, for the callbacks beneath it.
  let base: Bar | null = null
  let emit: Emit = () => undefined
  let live = false

  const stop = (which: Running, symbol: string | null, reason: string): void => {
    assert(base !== null, 'a strategy is stopped on a bar')
    which.stopped = reason
    emit({ kind: 'strategyStopped', id: which.loaded.id, symbol, reason, barSequence: base.sequence })
  }

  const close = (lane: Lane, bar: ClosedBar): void => {
    const { running: which, context } = lane
    if (which.stopped !== null) return
    let wish: CheckedWish | null
    try {
      wish = lane.run(bar)
    } catch (error) {
      stop(which, context.symbol, blame(error, fileOf(which.loaded)))
      return
    }
    if (wish === null || !live || bar.count < which.loaded.warmup) return
    assert(base !== null, 'a bar closes on a base bar')
    // A bar that a gap left open closes late, when the price may have gone past what the strategy saw.
    if (passed(wish.side, wish.stop, wish.target, base.close) !== null) {
      which.outrun += 1
      return
    }
    which.signals += 1
    emit({ kind: 'signal', signal: signalOf(which.loaded, context.symbol, wish, bar, base), ingestTime: base.ingestTime })
  }

  const begin = (bar: Bar, symbol: string): Series => {
    const byTimeframe = new Map<number, { readonly lanes: Lane[]; readonly aggregator: Aggregator }>()
    for (const which of running) {
      which.lanes.delete(bar.instrument)
      const { loaded } = which
      if (which.stopped !== null || (loaded.symbols !== null && !loaded.symbols.includes(symbol))) continue
      if (loaded.timeframeMs < bar.timeframeMs || loaded.timeframeMs % bar.timeframeMs !== 0) {
        const feed = timeframeText(bar.timeframeMs)
        stop(
          which,
          symbol,
          `timeframe ${loaded.timeframe} is not a multiple of the feed's ${feed}: set another one for it in "strategies" of config.json`,
        )
        continue
      }
      let group = byTimeframe.get(loaded.timeframeMs)
      if (group === undefined) {
        const lanes: Lane[] = []
        const aggregator = aggregate(bar.timeframeMs, loaded.timeframeMs, (closed) => {
          for (const lane of lanes) close(lane, closed)
        })
        group = { lanes, aggregator }
        byTimeframe.set(loaded.timeframeMs, group)
      }
      try {
        const lane = laneOf(which, symbol, group.aggregator)
        which.lanes.set(bar.instrument, lane)
        group.lanes.push(lane)
      } catch (error) {
        stop(which, symbol, blame(error, fileOf(loaded)))
      }
    }
    return { baseMs: bar.timeframeMs, aggregators: [...byTimeframe.values()].map(({ aggregator }) => aggregator), lastTime: Number.NEGATIVE_INFINITY }
  }

  const cold = (): number => {
    let lanes = 0
    for (const { stopped, loaded, lanes: all } of running) {
      if (stopped === null) for (const lane of all.values()) if (lane.closed() < loaded.warmup) lanes += 1
    }
    return lanes
  }

  return {
    onBar: (bar, onRecord, isLive) => {
      base = bar
      emit = onRecord
      live = isLive
      let series = seriesById[bar.instrument]
      // Another length of bars, or time going back, is another source on the same tape: what was seen of the old one says nothing here.
      if (series === undefined || (series !== null && (series.baseMs !== bar.timeframeMs || bar.time <= series.lastTime))) {
        const symbol = symbols.get(bar.instrument)
        // The tape may hold instruments that are configured no more.
        series = symbol === undefined ? null : begin(bar, symbol)
        seriesById[bar.instrument] = series
      }
      if (series === null) return
      series.lastTime = bar.time
      for (const aggregator of series.aggregators) aggregator.push(bar)
    },
    warmupBars: () => {
      if (feedTimeframeMs === null) return 0
      let bars = 0
      for (const { loaded } of running) {
        const traded = instruments.filter(({ symbol }) => loaded.symbols?.includes(symbol) ?? true).length
        if (traded === 0) continue
        // One interval that began before the window, and one that is still growing at its end.
        const each = Math.ceil(loaded.timeframeMs / feedTimeframeMs) * instruments.length
        const needed = (loaded.warmup + 2) * each
        const refill = Math.min((Math.max(loaded.warmup, KEPT_BARS) + 2) * each, REFILL_BARS_MAX)
        bars = Math.max(bars, needed, refill)
      }
      return bars
    },
    cold,
    views: () => running.map(viewOf),
  }
}

const fileOf = ({ source }: LoadedStrategy): string | null => (source === BUILT_IN_SOURCE ? null : source)

const laneOf = (running: Running, symbol: string, aggregator: Aggregator): Lane => {
  const { strategy, timeframe, timeframeMs, params } = running.loaded
  const setup = { symbol, timeframe, timeframeMs, params: params as never }
  let current: ClosedBar | null = null // while `onBar` runs
  let wish: CheckedWish | null = null
  let closed = 0

  const context: Context<never, never> = Object.freeze({
    ...setup,
    state: strategy.create(setup) as never,
    past: (ago: number) => (ago >= 1 ? aggregator.closed(ago) : null),
    emit: (wished: unknown) => {
      if (current === null) throw new TypeError('emit: only while onBar runs')
      if (wish !== null) throw new TypeError('emit: at most one signal for one bar')
      wish = checkWish(wished, current.close)
    },
  })

  return {
    running,
    context,
    closed: () => closed,
    run: (bar) => {
      closed = bar.count
      current = bar
      wish = null
      try {
        refusePromise(strategy.onBar(bar, context))
        return wish
      } finally {
        current = null
      }
    },
  }
}

/** An `async onBar` would make its signals after the bar, and its error would end the process. */
const refusePromise = (returned: unknown): void => {
  if (typeof returned !== 'object' || returned === null || !('then' in returned) || typeof returned.then !== 'function') return
  returned.then(undefined, () => undefined) // what it would have thrown is answered by stopping the strategy
  throw new TypeError('onBar returned a promise: it has to be done when it returns')
}

const signalOf = (loaded: LoadedStrategy, symbol: string, wish: CheckedWish, bar: ClosedBar, base: Bar): Signal => {
  // The start of the interval is part of it, because after a gap one base bar can close two bars.
  const at = Math.trunc(base.eventTime)
  const hash = sha256([loaded.id, loaded.paramsHash, loaded.timeframe, base.sequence, bar.time].join('\n')).slice(0, 8)
  return {
    id: `${symbol}_${at}_${hash}`,
    symbol,
    side: wish.side,
    strategy: loaded.id,
    barSequence: base.sequence,
    at,
    price: base.close,
    stop: wish.stop,
    target: wish.target,
    confidence: wish.confidence,
    reason: wish.reason,
    values: wish.values,
  }
}

const viewOf = ({ loaded, lanes, stopped, signals, outrun }: Running): StrategyView => {
  const { id, source, timeframe, warmup } = loaded
  const warm = lanes.size > 0 && [...lanes.values()].every((lane) => lane.closed() >= warmup)
  const remark = outrun === 0 ? '' : `${outrun} not made: after a gap the price had passed the stop or target`
  return { id, source, timeframe, state: stopped !== null ? 'stopped' : warm ? 'ready' : 'warming', reason: stopped ?? remark, signals }
}
