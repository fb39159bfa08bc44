import { type FirewallRule, type Instrument, timeframeText } from '../../src/contracts/market.ts'
import type { FeedView } from '../../src/contracts/snapshot.ts'
import type { TapeEnd } from '../tape/port.ts'
import type { Base } from './feed-source.ts'

export type FeedFacts = {
  readonly source: string
  readonly state: string
  readonly clock: number | null
  readonly end: TapeEnd
  readonly base: Base
  readonly gaps: number
  /** Sequence of the last bar that the brain has finished with. */
  readonly committed: number
  /** The same of the orchestrator. */
  readonly decided: number
  readonly overruns: number
  readonly instruments: readonly Instrument[]
  readonly timeframeMs: number
  /** An instrument is stale when its newest bar closed so long ago by the feed's clock. */
  readonly staleAfterMs: number
}

const less = (counts: TapeEnd['rejectsByRule'], base: Base['rejectsByRule']): Record<string, number> =>
  Object.fromEntries(
    Object.entries(counts)
      .map(([rule, count]) => [rule, count - (base[rule as FirewallRule] ?? 0)] as const)
      .filter(([, count]) => count > 0),
  )

const decimalsOf = (tick: string): number => tick.split('.')[1]?.length ?? 0

/** What a console sees of the feed. Counts are those of this source: what the tape had before it began is taken off. */
export const feedView = (facts: FeedFacts): FeedView => {
  const { source, state, clock, end, base, gaps, committed, decided, overruns, instruments, timeframeMs, staleAfterMs } = facts
  const bars = end.bars - base.bars
  const rejects = end.rejects - base.rejects
  const reached = (sequence: number): number => Math.max(0, Math.min(sequence, end.sequence) - base.sequence)
  return {
    source,
    state,
    clock,
    rows: bars + rejects,
    bars,
    rejects,
    rejectsByRule: less(end.rejectsByRule, base.rejectsByRule),
    consumed: reached(committed),
    decided: reached(decided),
    overruns,
    gaps,
    instruments: instruments.map(({ id, symbol, tick }) => {
      const newest = end.newest.get(id)
      const ageMs = newest === undefined || clock === null ? null : clock - newest.eventTime
      return {
        symbol,
        timeframe: timeframeText(timeframeMs),
        bars: (end.barsByInstrument.get(id) ?? 0) - (base.barsByInstrument[String(id)] ?? 0),
        lastPrice: newest === undefined ? null : newest.close.toFixed(decimalsOf(tick)),
        lastAt: newest === undefined ? null : newest.eventTime,
        ageMs,
        stale: ageMs === null || ageMs > staleAfterMs,
      }
    }),
  }
}

/** What is worth telling: everything but the ages, which change with every look. */
export const newsOf = (view: FeedView): string =>
  JSON.stringify({ ...view, clock: null, instruments: view.instruments.map((instrument) => ({ ...instrument, ageMs: null })) })
