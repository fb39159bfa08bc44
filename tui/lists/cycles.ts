import type { Cycle } from '../../src/contracts/cycle.ts'
import { emptyText } from '../present/empty.ts'
import { count } from '../present/number.ts'
import type { Column } from '../present/table.ts'
import { timeText, timeWidth, took } from '../present/time.ts'
import type { ConsoleState } from '../store/state.ts'
import { ends, type ListDefinition } from './list.ts'

const stage = (head: string, name: keyof Cycle['stages']): Column<Cycle> => ({
  head,
  width: 7,
  keep: 1,
  right: true,
  figure: true,
  text: ({ stages }) => took(stages[name]),
  sort: ({ stages }) => stages[name],
})

const columns = (state: ConsoleState): readonly Column<Cycle>[] => [
  { head: 'CYCLE', width: 8, keep: 9, text: ({ number }) => String(number), sort: ({ number }) => number },
  {
    head: 'START',
    width: timeWidth(
      ends(withOlder(state)).map(({ at }) => at),
      state.clock,
      state.now,
    ),
    keep: 8,
    text: ({ at }) => timeText(at, state.clock, state.now),
    sort: ({ at }) => at,
  },
  {
    head: 'DURATION',
    width: 8,
    keep: 7,
    right: true,
    figure: true,
    text: ({ durationMs }) => took(durationMs),
    tone: ({ result }) => (result === 'slow' ? 'warning' : 'text'),
    sort: ({ durationMs }) => durationMs,
  },
  { head: 'TRIGGER', width: 7, keep: 5, text: ({ trigger }) => trigger },
  stage('DRAIN', 'drain'),
  stage('DECIDE', 'decide'),
  stage('COMMIT', 'commit'),
  stage('EFFECTS', 'effects'),
  {
    head: 'BARS',
    width: 5,
    keep: 4,
    right: true,
    text: ({ bars }) => (bars === null ? '-' : count(bars.to - bars.from + 1)),
    sort: ({ bars }) => (bars === null ? 0 : bars.to - bars.from + 1),
  },
  {
    head: 'APPR/BLOCK',
    width: 10,
    keep: 6,
    text: ({ approved, blocked }) => (approved + blocked === 0 ? '-' : `${approved} / ${blocked}`),
    tone: ({ blocked }) => (blocked > 0 ? 'warning' : 'text'),
    sort: ({ approved, blocked }) => approved + blocked,
  },
  {
    head: 'ORDERS',
    width: 6,
    keep: 6,
    right: true,
    text: ({ orders, fills }) => (orders + fills === 0 ? '-' : fills === 0 ? count(orders) : `${orders}+${fills}f`),
    sort: ({ orders, fills }) => orders + fills,
  },
  {
    head: 'RESULT',
    width: 6,
    keep: 9,
    text: ({ result }) => (result === 'ok' ? 'ok' : result.toUpperCase()),
    tone: ({ result }) => (result === 'ok' ? 'good' : result === 'slow' ? 'warning' : 'danger'),
  },
]

const merges = new WeakMap<readonly Cycle[], { readonly older: readonly Cycle[]; readonly all: readonly Cycle[] }>()

/** What the engine tells of, and behind it what its file has of the time before. */
const withOlder = ({ cycles: told, records }: ConsoleState): readonly Cycle[] => {
  const older = records.cycles.rows
  if (older.length === 0) return told
  const known = merges.get(told)
  if (known?.older === older) return known.all
  const oldest = told.at(-1)?.number ?? Number.POSITIVE_INFINITY
  const all = [...told, ...older.filter(({ number }) => number < oldest)]
  merges.set(told, { older, all })
  return all
}

/** The newest recorded cycles, newest first, and before them the newest of all where that was a quiet one. */
export const cycles: ListDefinition<Cycle> = {
  pane: 'cycles',
  name: 'Cycles',
  rows: withOlder,
  key: ({ number }) => String(number),
  columns,
  note: ({ snapshot, lists }) => {
    const newest = snapshot?.cycle ?? null
    return [{ text: newest === null ? '' : `newest ${newest.number}${lists.cycles.selected === null ? '  following' : ''}`, tone: 'muted' }]
  },
  empty: (state) => emptyText(state, 'cycles', 'no recorded cycle'),
  time: ({ at }) => at,
  record: (cycle) => cycle,
  live: true,
}
