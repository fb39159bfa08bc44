import type { Cycle } from '../../src/contracts/cycle.ts'
import type { Line } from './line.ts'
import { count } from './number.ts'
import { type ListPaneContent, listPane, type PaneLook } from './pane.ts'
import type { Column } from './table.ts'
import { timeOfDay, took } from './time.ts'

const stage = (head: string, name: keyof Cycle['stages']): Column<Cycle> => ({
  head,
  width: 7,
  keep: 1,
  right: true,
  figure: true,
  text: ({ stages }) => took(stages[name]),
})

const COLUMNS: readonly Column<Cycle>[] = [
  { head: 'CYCLE', width: 8, keep: 9, text: ({ number }) => String(number) },
  { head: 'START', width: 8, keep: 8, text: ({ at }) => timeOfDay(at) },
  {
    head: 'DURATION',
    width: 8,
    keep: 7,
    right: true,
    figure: true,
    text: ({ durationMs }) => took(durationMs),
    tone: ({ result }) => (result === 'slow' ? 'warning' : 'text'),
  },
  { head: 'TRIGGER', width: 7, keep: 5, text: ({ trigger }) => trigger },
  stage('DRAIN', 'drain'),
  stage('DECIDE', 'decide'),
  stage('COMMIT', 'commit'),
  stage('EFFECTS', 'effects'),
  { head: 'BARS', width: 5, keep: 4, right: true, text: ({ bars }) => (bars === null ? '-' : count(bars.to - bars.from + 1)) },
  {
    head: 'APPR/BLOCK',
    width: 10,
    keep: 6,
    text: ({ approved, blocked }) => (approved + blocked === 0 ? '-' : `${approved} / ${blocked}`),
    tone: ({ blocked }) => (blocked > 0 ? 'warning' : 'text'),
  },
  {
    head: 'ORDERS',
    width: 6,
    keep: 6,
    right: true,
    text: ({ orders, fills }) => (orders + fills === 0 ? '-' : fills === 0 ? count(orders) : `${orders}+${fills}f`),
  },
  {
    head: 'RESULT',
    width: 6,
    keep: 9,
    text: ({ result }) => (result === 'ok' ? 'ok' : result.toUpperCase()),
    tone: ({ result }) => (result === 'ok' ? 'good' : result === 'slow' ? 'warning' : 'danger'),
  },
]

/** The newest recorded cycles, newest first. `newest` also counts the quiet ones. */
export const presentCycles = (cycles: readonly Cycle[], newest: Cycle | null, selected: number, empty: string, look: PaneLook): readonly Line[] =>
  listPane<Cycle>({
    ...look,
    name: 'Cycles',
    note: [{ text: newest === null ? '' : `newest ${newest.number}${selected === 0 ? '  following' : ''}`, tone: 'muted' }],
    columns: COLUMNS,
    rows: cycles,
    selected,
    empty,
  } satisfies ListPaneContent<Cycle>)
