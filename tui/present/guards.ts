import type { GuardTally } from '../../src/contracts/breaker.ts'
import type { Line } from './line.ts'
import { count, reading } from './number.ts'
import { listPane, type PaneLook } from './pane.ts'
import type { Column } from './table.ts'

const COLUMNS: readonly Column<GuardTally>[] = [
  { head: 'GUARD', width: 23, keep: 9, text: ({ guard }) => guard },
  { head: 'PASSED', width: 7, keep: 5, right: true, text: ({ passed }) => count(passed) },
  {
    head: 'BLOCKED',
    width: 8,
    keep: 8,
    right: true,
    text: ({ blocked }) => count(blocked),
    tone: ({ blocked }) => (blocked > 0 ? 'warning' : 'text'),
  },
  { head: 'ERRORS', width: 6, keep: 3, right: true, text: ({ errors }) => count(errors), tone: ({ errors }) => (errors > 0 ? 'danger' : 'text') },
  { head: 'LAST', width: 8, keep: 6, right: true, figure: true, text: ({ lastValue }) => reading(lastValue) },
  { head: 'LIMIT', width: 8, keep: 6, right: true, text: ({ limit }) => reading(limit) },
  { head: 'UNIT', width: 9, keep: 4, text: ({ unit }) => unit },
  { head: 'CLASS', width: 10, keep: 2, text: ({ class: failure }) => (failure === 'failClosed' ? 'fail closed' : 'fail open') },
]

/** What every guard did since the ledger began, with its last reading beside its limit. */
export const presentGuards = (guards: readonly GuardTally[], selected: number, empty: string, look: PaneLook): readonly Line[] => {
  const blocked = guards.reduce((sum, guard) => sum + guard.blocked, 0)
  const errors = guards.reduce((sum, guard) => sum + guard.errors, 0)
  return listPane<GuardTally>({
    ...look,
    name: 'Guards',
    note: [
      ...(guards.length === 0 ? [] : [{ text: `${guards.length} guards  ${count(blocked)} blocks`, tone: 'muted' as const }]),
      ...(errors === 0 ? [] : [{ text: `  ${count(errors)} ERRORS`, tone: 'danger' as const }]),
    ],
    columns: COLUMNS,
    rows: guards,
    selected,
    empty,
  })
}
