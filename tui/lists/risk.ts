import type { RiskView, Snapshot } from '../../src/contracts/snapshot.ts'
import { emptyText } from '../present/empty.ts'
import { amount, percent, signed } from '../present/number.ts'
import type { Column } from '../present/table.ts'
import { age } from '../present/time.ts'
import { decidedAt } from '../store/select.ts'
import type { Tone } from '../theme.ts'
import type { ListDefinition } from './list.ts'

export type RiskRow = { readonly name: string; readonly value: string; readonly note: string; readonly tone: Tone }

const COLUMNS: readonly Column<RiskRow>[] = [
  { head: 'RISK', width: 12, keep: 9, text: ({ name }) => name },
  { head: 'NOW', width: 14, keep: 8, figure: true, text: ({ value }) => value, tone: ({ tone }) => tone },
  { head: 'WHY', width: 20, keep: 7, text: ({ note }) => note },
]
const NONE: readonly RiskRow[] = []
const made = new WeakMap<Snapshot['risk'] & object, { readonly clock: number | null; readonly rows: readonly RiskRow[] }>()

/** What sizes and entries are judged by beside the breakers: what stops or shrinks them stands out. */
const rowsOf = (snapshot: Snapshot | null): readonly RiskRow[] => {
  const risk = snapshot?.risk ?? null
  if (snapshot === null || risk === null) return NONE
  const clock = decidedAt(snapshot)
  const known = made.get(risk)
  if (known?.clock === clock) return known.rows
  const rows = [...switches(risk), day(risk, clock), drawdown(risk), streak(risk), emotional(risk), profitLock(risk), phase(risk), degradation(risk)]
  made.set(risk, { clock, rows })
  return rows
}

const switches = ({ killSwitches }: RiskView): readonly RiskRow[] =>
  killSwitches.length === 0
    ? [{ name: 'kill switch', value: 'none', note: 'environment, file, command or key', tone: 'text' }]
    : killSwitches.map(({ origin, reason }) => ({ name: 'kill switch', value: `ON: ${origin}`, note: reason, tone: 'alarm' as const }))

const day = ({ day: today }: RiskView, clock: number | null): RiskRow =>
  today === null
    ? { name: 'day', value: 'unknown', note: 'no bar yet', tone: 'muted' }
    : {
        name: 'day',
        value: signed(today.profit),
        note: `${today.day}  best ${amount(today.best)}  ${today.orders} orders  ${today.entries} entries${clock === null ? '' : `  ends in ${age(today.endsAt - clock)}`}`,
        tone: today.profit !== null && Number(today.profit) < 0 ? 'loss' : 'text',
      }

const drawdown = ({ drawdown: fall, peak }: RiskView): RiskRow => ({
  name: 'drawdown',
  value: fall === null ? 'unknown' : percent(-fall),
  note: `from the peak of ${amount(peak)}`,
  tone: 'text',
})

const streak = ({ losses, wins }: RiskView): RiskRow => ({
  name: 'in a row',
  value: losses > 0 ? `${losses} lost` : `${wins} won`,
  note: '',
  tone: losses > 0 ? 'warning' : 'text',
})

const emotional = ({ emotional: { active, factor, reason, wins, winsNeeded } }: RiskView): RiskRow => ({
  name: 'emotional',
  value: active ? `sizes x ${factor}` : 'calm',
  note: active ? `${reason}; ${wins} of ${winsNeeded} wins until whole sizes` : '',
  tone: active ? 'warning' : 'text',
})

const profitLock = ({ profitLock: { locked, target, giveBack } }: RiskView): RiskRow => ({
  name: 'profit lock',
  value: locked ? 'LOCKED' : 'open',
  note: Number(target) > 0 ? `target ${amount(target)}, may give back ${percent(giveBack).replace('+', '')}` : 'no target is set',
  tone: locked ? 'warning' : 'text',
})

const phase = ({ phase: { now, next, gatePassed, failures } }: RiskView): RiskRow => ({
  name: 'phase',
  value: now,
  note: next === null ? '' : gatePassed ? `the gate to ${next} holds` : `${next} needs: ${failures.join('; ')}`,
  tone: 'text',
})

const degradation = ({ degradation: { level, factor, reason } }: RiskView): RiskRow => ({
  name: 'degradation',
  value: level,
  note: level === 'full' ? '' : `sizes x ${factor}: ${reason}`,
  tone: level === 'full' ? 'text' : level === 'safe' ? 'alarm' : 'warning',
})

export const risk: ListDefinition<RiskRow> = {
  pane: 'risk',
  name: 'Risk',
  rows: ({ snapshot }) => rowsOf(snapshot),
  key: ({ name, value }) => `${name} ${name === 'kill switch' ? value : ''}`,
  columns: () => COLUMNS,
  note: (_, rows) => {
    const [first] = rows.filter(({ tone }) => tone === 'alarm' || tone === 'warning')
    return first === undefined ? [] : [{ text: `${first.name} ${first.value}`, tone: first.tone }]
  },
  empty: (state) => emptyText(state, 'risk', 'the engine tells of no risk yet'),
  time: () => null,
  record: (row) => row,
  live: true,
}
