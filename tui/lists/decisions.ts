import type { SignalDecisionLine } from '../../src/contracts/stream.ts'
import { recordsText } from '../present/empty.ts'
import { count } from '../present/number.ts'
import type { Column } from '../present/table.ts'
import { timeText, timeWidth } from '../present/time.ts'
import { feedNow } from '../store/select.ts'
import type { ConsoleState } from '../store/state.ts'
import { ends, type ListDefinition } from './list.ts'

const columns = (state: ConsoleState): readonly Column<SignalDecisionLine>[] => [
  {
    head: 'TIME',
    width: timeWidth(
      ends(state.records.decisions.rows).map(({ ts }) => ts * 1_000),
      state.clock,
      feedNow(state),
    ),
    keep: 8,
    text: ({ ts }) => timeText(ts * 1_000, state.clock, feedNow(state)),
    sort: ({ ts }) => ts,
  },
  { head: 'SYMBOL', width: 9, keep: 9, text: ({ signal_metadata }) => signal_metadata.symbol },
  { head: 'SIDE', width: 5, keep: 8, text: ({ signal_metadata }) => signal_metadata.side },
  { head: 'STRATEGY', width: 12, keep: 5, text: ({ signal_metadata }) => signal_metadata.strategy },
  {
    head: 'CONF',
    width: 5,
    keep: 4,
    right: true,
    text: ({ signal_metadata }) => signal_metadata.confidence.toFixed(2),
    sort: ({ signal_metadata }) => signal_metadata.confidence,
  },
  { head: 'DECISION', width: 9, keep: 9, text: ({ decision }) => decision, tone: ({ decision }) => (decision === 'APPROVED' ? 'good' : 'warning') },
  {
    head: 'BLOCKS',
    width: 6,
    keep: 3,
    right: true,
    text: ({ blockers }) => (blockers.length === 0 ? '-' : String(blockers.length)),
    sort: ({ blockers }) => blockers.length,
  },
  {
    head: 'REASON',
    width: 10,
    keep: 7,
    text: ({ blocker_component, blocker_reason, guards }) =>
      blocker_component === null ? `all ${guards.length} guards` : `${blocker_component}: ${blocker_reason ?? ''}`,
  },
]

/** Every decision in the file of decisions, newest first, with why. */
export const decisions: ListDefinition<SignalDecisionLine> = {
  pane: 'decisions',
  name: 'Signals and decisions',
  rows: ({ records }) => records.decisions.rows,
  key: ({ signal_id, sequence }) => `${sequence} ${signal_id}`,
  columns,
  note: ({ records, lists }, rows) => [
    ...(rows.length === 0
      ? []
      : [{ text: `${count(rows.length)} newest${lists.decisions.selected === null ? '  following' : ''}`, tone: 'muted' as const }]),
    ...(records.decisions.rejected === 0 ? [] : [{ text: `  ${count(records.decisions.rejected)} lines are none`, tone: 'danger' as const }]),
  ],
  empty: (state) => recordsText(state, state.records.decisions, 'no signal was decided yet'),
  time: ({ ts }) => ts * 1_000,
  ofFeed: true,
  record: (row) => ({ ...row.signal_metadata, ...row, corr: row.signal_id, state: row.decision.toLowerCase(), blocker: row.blocker_component }),
  live: false,
}
