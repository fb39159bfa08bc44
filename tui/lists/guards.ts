import type { GuardTally } from '../../src/contracts/breaker.ts'
import { emptyText } from '../present/empty.ts'
import { count, measured, signed, unitOf } from '../present/number.ts'
import type { Column } from '../present/table.ts'
import { savedByGuard } from '../records/saved.ts'
import type { ConsoleState } from '../store/state.ts'
import type { ListDefinition } from './list.ts'

const NONE: readonly never[] = []

const COLUMNS: readonly Column<GuardTally>[] = [
  { head: 'GUARD', width: 18, keep: 9, text: ({ guard }) => guard },
  { head: 'PASSED', width: 7, keep: 5, right: true, text: ({ passed }) => count(passed), sort: ({ passed }) => passed },
  {
    head: 'BLOCKED',
    width: 8,
    keep: 8,
    right: true,
    text: ({ blocked }) => count(blocked),
    tone: ({ blocked }) => (blocked > 0 ? 'warning' : 'text'),
    sort: ({ blocked }) => blocked,
  },
  {
    head: 'ERRORS',
    width: 6,
    keep: 3,
    right: true,
    text: ({ errors }) => count(errors),
    tone: ({ errors }) => (errors > 0 ? 'danger' : 'text'),
    sort: ({ errors }) => errors,
  },
  {
    head: 'LAST',
    width: 8,
    keep: 6,
    right: true,
    figure: true,
    text: ({ lastValue, unit }) => measured(lastValue, unit),
    sort: ({ lastValue }) => lastValue,
  },
  { head: 'LIMIT', width: 8, keep: 6, right: true, text: ({ limit, unit }) => measured(limit, unit), sort: ({ limit }) => limit },
  { head: 'UNIT', width: 16, keep: 4, text: ({ unit }) => unitOf(unit) },
  { head: 'CLASS', width: 11, keep: 2, text: ({ class: failure }) => (failure === 'failClosed' ? 'fail closed' : 'fail open') },
]

type Shadows = ConsoleState['records']['shadows']
const made = new WeakMap<Shadows, readonly Column<GuardTally>[]>()

/** With what each guard saved less what it cost, where the outcomes of refused signals were read. */
const columns = ({ records: { shadows } }: ConsoleState): readonly Column<GuardTally>[] => {
  const sums = savedByGuard(shadows)
  if (sums.size === 0) return COLUMNS
  const known = made.get(shadows)
  if (known !== undefined) return known
  const net = ({ guard }: GuardTally): number | null => {
    const found = sums.get(guard)
    return found === undefined ? null : Math.round((found.avoided - found.missed) * 100) / 100
  }
  const [name, ...others] = COLUMNS
  const effect: readonly Column<GuardTally>[] = [
    {
      head: 'SAVED',
      width: 10,
      keep: 4.6,
      right: true,
      text: (row) => (net(row) === null ? '-' : signed(String(net(row)))),
      tone: (row) => ((net(row) ?? 0) > 0 ? 'gain' : (net(row) ?? 0) < 0 ? 'loss' : 'text'),
      sort: net,
    },
    {
      head: 'OF',
      width: 4,
      keep: 4.3,
      right: true,
      text: ({ guard }) => count(sums.get(guard)?.ended ?? 0),
      sort: ({ guard }) => sums.get(guard)?.ended ?? 0,
    },
  ]
  const all = name === undefined ? others : [name, ...others.slice(0, 2), ...effect, ...others.slice(2)]
  made.set(shadows, all)
  return all
}

/** What every guard did since the ledger began, with its last reading beside its limit. */
export const guards: ListDefinition<GuardTally> = {
  pane: 'guards',
  name: 'Guards',
  rows: ({ snapshot }) => snapshot?.guards ?? NONE,
  key: ({ guard }) => guard,
  columns,
  note: (_, rows) => {
    const blocked = rows.reduce((sum, guard) => sum + guard.blocked, 0)
    const errors = rows.reduce((sum, guard) => sum + guard.errors, 0)
    return [
      ...(rows.length === 0 ? [] : [{ text: `${rows.length} guards  ${count(blocked)} blocks`, tone: 'muted' as const }]),
      ...(errors === 0 ? [] : [{ text: `  ${count(errors)} ERRORS`, tone: 'danger' as const }]),
    ]
  },
  empty: (state) => emptyText(state, 'guards', 'no guard was asked yet'),
  time: () => null,
  record: (row) => row,
  live: true,
}
