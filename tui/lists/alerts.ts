import type { Alert } from '../../src/contracts/snapshot.ts'
import { emptyText } from '../present/empty.ts'
import type { Column } from '../present/table.ts'
import { timeText, timeWidth } from '../present/time.ts'
import type { ConsoleState } from '../store/state.ts'
import type { ListDefinition } from './list.ts'

const NONE: readonly never[] = []

const columns = ({ clock, now, snapshot }: ConsoleState): readonly Column<Alert>[] => [
  {
    head: 'TIME',
    width: timeWidth(
      (snapshot?.alerts ?? NONE).map(({ at }) => at),
      clock,
      now,
    ),
    keep: 8,
    text: ({ at }) => timeText(at, clock, now),
    sort: ({ at }) => at,
  },
  {
    head: 'LEVEL',
    width: 8,
    keep: 7,
    text: ({ level }) => level.toUpperCase(),
    tone: ({ level }) => (level === 'critical' ? 'danger' : level === 'warning' ? 'warning' : 'muted'),
  },
  { head: 'SEEN BY', width: 8, keep: 5, text: ({ acknowledgedBy }) => acknowledgedBy ?? '' },
  { head: 'ALERT', width: 20, keep: 9, text: ({ text }) => text },
]

/** What happened that a person should know of, newest first. */
export const alerts: ListDefinition<Alert> = {
  pane: 'alerts',
  name: 'Alerts',
  rows: (state) => newestFirst(state.snapshot?.alerts ?? NONE),
  key: ({ id }) => String(id),
  columns,
  note: (_, rows) => {
    const open = rows.filter(({ acknowledgedBy }) => acknowledgedBy === null).length
    return rows.length === 0
      ? []
      : [{ text: open === 0 ? `${rows.length} seen` : `${open} new  (a to acknowledge)`, tone: open === 0 ? 'muted' : 'warning' }]
  },
  empty: (state) => emptyText(state, 'alerts', 'no alert'),
  time: ({ at }) => at,
  record: (row) => row,
  live: true,
}

/** One sorted copy of each list that came, so that the same list gives the same rows. */
const sorted = new WeakMap<readonly Alert[], readonly Alert[]>()
const newestFirst = (list: readonly Alert[]): readonly Alert[] => {
  const known = sorted.get(list)
  if (known !== undefined) return known
  const made = [...list].sort((a, b) => b.at - a.at)
  sorted.set(list, made)
  return made
}
