import type { FeedInstrument, Snapshot } from '../../src/contracts/snapshot.ts'
import { emptyText } from '../present/empty.ts'
import { count, digits } from '../present/number.ts'
import type { Column } from '../present/table.ts'
import { age } from '../present/time.ts'
import type { Tone } from '../theme.ts'
import type { ListDefinition } from './list.ts'

/** A figure of the feed, the rings or one instrument. */
export type SourceRow = { readonly name: string; readonly value: string; readonly note: string; readonly tone: Tone }

const COLUMNS: readonly Column<SourceRow>[] = [
  { head: 'FEED', width: 12, keep: 9, text: ({ name }) => name },
  { head: 'NOW', width: 14, keep: 8, right: true, figure: true, text: ({ value }) => value, tone: ({ tone }) => tone },
  { head: 'NOTE', width: 20, keep: 7, text: ({ note }) => note },
]
const NONE: readonly SourceRow[] = []
const made = new WeakMap<Snapshot['feed'], readonly SourceRow[]>()
const MS_PER_SECOND = 1_000

const rowsOf = (snapshot: Snapshot | null): readonly SourceRow[] => {
  if (snapshot === null) return NONE
  const known = made.get(snapshot.feed)
  if (known !== undefined) return known
  const rows = [...counters(snapshot.feed), rate(snapshot.cycles), ...snapshot.feed.instruments.map(instrument)]
  made.set(snapshot.feed, rows)
  return rows
}

/** An age is told where it matters: one that is always fresh would be drawn anew with every bar. */
const instrument = ({ symbol, timeframe, lastPrice, ageMs, stale }: FeedInstrument): SourceRow => ({
  name: symbol,
  value: digits(lastPrice),
  note: stale ? `${timeframe}  STALE${ageMs === null ? '' : `, ${age(ageMs)} old`}` : timeframe,
  tone: stale ? 'danger' : 'text',
})

/** What changes seldom comes first: only that is seen where there is little room, and little of it has to be drawn anew. Bars that were published and that brain and orchestrator have not finished with are what stands in their rings. */
const counters = ({ rows, bars, rejects, rejectsByRule, consumed, decided, overruns, gaps }: Snapshot['feed']): readonly SourceRow[] => {
  const rules = Object.entries(rejectsByRule)
    .sort(([, one], [, other]) => other - one)
    .map(([rule, times]) => `${rule} ${count(times)}`)
  return [
    { name: 'rejects', value: count(rejects), note: rules.join('  '), tone: rejects > 0 ? 'warning' : 'text' },
    { name: 'brain ring', value: count(Math.max(0, bars - consumed)), note: 'bars that the brain has not finished with', tone: 'text' },
    { name: 'engine ring', value: count(Math.max(0, bars - decided)), note: 'bars that are not decided yet', tone: 'text' },
    { name: 'overruns', value: count(overruns), note: 'bars that a full ring refused, read from the tape', tone: overruns > 0 ? 'warning' : 'text' },
    { name: 'gaps', value: count(gaps), note: 'of the source', tone: gaps > 0 ? 'warning' : 'text' },
    { name: 'rows', value: count(rows), note: `${count(bars)} bars and ${count(rejects)} rejects`, tone: 'text' },
  ]
}

/** Bars a second over the newest recorded cycles, by the clock on the wall; unknown with fewer than two. */
const rate = (cycles: Snapshot['cycles']): SourceRow => {
  const timed = cycles.filter(({ bars }) => bars !== null)
  const [newest, oldest] = [timed[0], timed.at(-1)]
  const ms = newest === undefined || oldest === undefined ? 0 : newest.at - oldest.at
  if (newest?.bars == null || oldest?.bars == null || ms <= 0) return { name: 'rate', value: 'unknown', note: 'bars a second', tone: 'muted' }
  const perSecond = ((newest.bars.to - oldest.bars.to) * MS_PER_SECOND) / ms
  return {
    name: 'rate',
    value: perSecond < 10 ? perSecond.toFixed(1) : count(Math.round(perSecond)),
    note: `bars a second, over ${timed.length} cycles`,
    tone: 'text',
  }
}

/** What comes in, what was refused by which rule, and what waits in the rings. */
export const sources: ListDefinition<SourceRow> = {
  pane: 'sources',
  name: 'Feed',
  rows: ({ snapshot }) => rowsOf(snapshot),
  key: ({ name }) => name,
  columns: () => COLUMNS,
  note: ({ snapshot }) => {
    if (snapshot === null) return []
    const { source, state, instruments } = snapshot.feed
    const stale = instruments.filter((each) => each.stale).length
    return [{ text: `${source} ${state}${stale > 0 ? `  ${stale} STALE` : ''}`, tone: stale > 0 ? 'danger' : 'muted' }]
  },
  empty: (state) => emptyText(state, 'sources', 'the engine tells of no feed yet'),
  time: () => null,
  record: (row) => row,
  live: true,
}
