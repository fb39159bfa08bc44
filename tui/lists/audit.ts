import type { AuditRecord } from '../../src/contracts/audit.ts'
import { recordsText } from '../present/empty.ts'
import { count } from '../present/number.ts'
import type { Column } from '../present/table.ts'
import { timeText, timeWidth } from '../present/time.ts'
import type { ConsoleState } from '../store/state.ts'
import { ends, type ListDefinition } from './list.ts'

export const actorWord = ({ kind, name }: AuditRecord['actor']): string => (kind === 'operator' ? `op:${name}` : kind)

const columns = ({ clock, now, records: { audit: read } }: ConsoleState): readonly Column<AuditRecord>[] => [
  { head: 'SEQ', width: 7, keep: 9, right: true, text: ({ sequence }) => String(sequence), sort: ({ sequence }) => sequence },
  {
    head: 'TIME',
    width: timeWidth(
      ends(read.rows).map(({ time }) => Date.parse(time)),
      clock,
      now,
    ),
    keep: 8,
    text: ({ time }) => timeText(Date.parse(time), clock, now),
    sort: ({ time }) => Date.parse(time),
  },
  { head: 'ACTOR', width: 12, keep: 7, text: ({ actor }) => actorWord(actor) },
  {
    head: 'EVENT',
    width: 22,
    keep: 9,
    text: ({ event, detail }) => (event === 'COMMAND' ? `${detail.command ?? 'command'}` : event),
    tone: ({ event }) => (event === 'RESTART_STORM' || event === 'SINGLETON_VIOLATION' || event === 'CHILD_STUCK' ? 'danger' : 'text'),
  },
  {
    head: 'OUTCOME',
    width: 9,
    keep: 6,
    text: ({ detail }) => String(detail.outcome ?? detail.code ?? detail.signal ?? '-'),
    tone: ({ detail }) => (detail.outcome === 'refused' ? 'warning' : 'text'),
  },
  { head: 'REASON', width: 10, keep: 5, text: ({ reason }) => reason },
]

/** The trail as its file has it, newest first; whether its chain holds is said in the title. */
export const audit: ListDefinition<AuditRecord> = {
  pane: 'audit',
  name: 'Audit',
  rows: ({ records }) => records.audit.rows,
  key: ({ sequence }) => String(sequence),
  columns,
  note: ({ chain, records }) => [
    ...(chain.kind === 'unverified' ? [{ text: 'chain not verified yet (v)', tone: 'muted' as const }] : []),
    ...(chain.kind === 'running' ? [{ text: `verifying ${count(chain.records)}`, tone: 'key' as const }] : []),
    ...(chain.kind === 'sound' ? [{ text: `chain ok to #${count(chain.sequence)}`, tone: 'good' as const }] : []),
    ...(chain.kind === 'unsigned'
      ? [{ text: `signed only from #${count(chain.signedFrom)} on (to #${count(chain.sequence)}); before it only chained`, tone: 'warning' as const }]
      : []),
    ...(chain.kind === 'broken' ? [{ text: `CHAIN BROKEN: ${chain.message}`, tone: 'alarm' as const }] : []),
    ...(records.audit.rejected === 0 ? [] : [{ text: `  ${count(records.audit.rejected)} lines are none`, tone: 'danger' as const }]),
  ],
  empty: (state) => recordsText(state, state.records.audit, 'the trail is empty'),
  time: ({ time }) => Date.parse(time),
  record: (row) => ({ ...row, ...row.detail, corr: row.cause, actor: actorWord(row.actor) }),
  live: false,
}
