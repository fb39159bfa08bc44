import { BUILT_IN_SOURCE, type LoadedStrategy } from '../../engine/brain/machine.ts'
import type { Strategy } from '../../engine/brain/strategy.ts'
import type { BrainRecord } from '../../engine/supervisor/messages.ts'
import { type Bar, BarFlag, type Instrument, timeframeMs } from '../../src/contracts/market.ts'
import type { Signal } from '../../src/contracts/signal.ts'
import { hashOf } from '../../src/hash.ts'
import { seeded } from '../../src/random.ts'

export const MINUTE = 60_000
/** A Monday, midnight UTC: on the grid of every timeframe used here. */
export const MONDAY = Date.UTC(2024, 0, 1)

export const instrument = (id: number, symbol: string): Instrument => ({
  id,
  symbol,
  tick: '0.01',
  lot: '0.0001',
  minNotional: '5',
  calendar: '24x7',
  sector: null,
})
export const BTC = instrument(0, 'BTCUSD')
export const ETH = instrument(1, 'ETHUSD')

export const bar = (part: Partial<Bar> & Pick<Bar, 'sequence' | 'time'>): Bar => {
  const { timeframeMs: ms = MINUTE, time, close = 100 } = part
  return {
    instrument: 0,
    timeframeMs: ms,
    flags: BarFlag.closed,
    open: close,
    high: close,
    low: close,
    close,
    volume: 1,
    eventTime: time + ms,
    ingestTime: time + ms + 0.5,
    row: 0,
    ...part,
  }
}

export type Walk = { readonly seed: number; readonly bars: number; readonly instruments?: number; readonly missing?: number; readonly from?: number }

/** A random walk of each instrument, their bars taking turns; `missing` is the chance that a minute of one has no bar. */
export const walk = ({ seed, bars, instruments = 1, missing = 0, from = MONDAY }: Walk): Bar[] => {
  const random = seeded(seed)
  const prices = Array.from({ length: instruments }, () => 1_000)
  const made: Bar[] = []
  for (let minute = 0; made.length < bars; minute += 1) {
    for (let id = 0; id < instruments && made.length < bars; id += 1) {
      if (random.next() < missing) continue
      const open = prices[id] ?? 0
      const close = Math.max(1, Math.round(open * (1 + random.normal() * 0.003) * 100) / 100)
      const high = Math.max(open, close) + Math.round(random.next() * 100) / 100
      const low = Math.min(open, close) * (1 - random.next() * 0.001)
      prices[id] = close
      made.push(bar({ sequence: made.length + 1, instrument: id, time: from + minute * MINUTE, open, high, low, close, volume: random.next() * 10 }))
    }
  }
  return made
}

/** A strategy as the loader would hand it on, from a test's own definition. */
export const loaded = (strategy: Strategy, params: Record<string, unknown> = {}, part: Partial<LoadedStrategy> = {}): LoadedStrategy => {
  const parsed = strategy.params.parse(params)
  const timeframe = part.timeframe ?? strategy.timeframe
  return {
    strategy,
    id: strategy.id,
    source: BUILT_IN_SOURCE,
    timeframe,
    timeframeMs: timeframeMs(timeframe),
    symbols: null,
    params: parsed,
    warmup: strategy.warmup(parsed as never),
    paramsHash: hashOf(parsed),
    sourceHash: '',
    ...part,
  }
}

export const signalsOf = (records: readonly BrainRecord[]): Signal[] => records.flatMap((record) => (record.kind === 'signal' ? [record.signal] : []))
export const stopsOf = (records: readonly BrainRecord[]) => records.filter((record) => record.kind === 'strategyStopped')
