import { SIGNAL_STATES } from '../../src/contracts/signal.ts'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { emptyText } from '../present/empty.ts'
import type { Line } from '../present/line.ts'
import { count } from '../present/number.ts'
import { emptyLine, HEAD_ROWS, type PaneLook } from '../present/pane.ts'
import type { Column } from '../present/table.ts'
import { age } from '../present/time.ts'
import { decidedAt } from '../store/select.ts'
import type { ConsoleState } from '../store/state.ts'
import type { ListDefinition } from './list.ts'

export type Stage = { readonly state: string; readonly signals: number; readonly share: number }

const COLUMNS: readonly Column<Stage>[] = [
  { head: 'STATE', width: 12, keep: 9, text: ({ state }) => state, tone: ({ state }) => (state === 'blocked' ? 'warning' : 'text') },
  { head: 'SIGNALS', width: 9, keep: 8, right: true, figure: true, text: ({ signals }) => count(signals), sort: ({ signals }) => signals },
  { head: 'SHARE', width: 6, keep: 5, right: true, text: ({ share }) => `${Math.round(share * 100)}%`, sort: ({ share }) => share },
]
const NONE: readonly Stage[] = []
const made = new WeakMap<Snapshot['signals'], readonly Stage[]>()

/** States in which signals stand, in the order in which a signal goes through them: where none stands there is nothing to tell. */
const stages = (signals: Snapshot['signals'] | undefined): readonly Stage[] => {
  if (signals === undefined || signals.total === 0) return NONE
  const known = made.get(signals)
  if (known !== undefined) return known
  const order: readonly string[] = SIGNAL_STATES
  const states = [...order, ...Object.keys(signals.byState).filter((state) => !order.includes(state))]
  const rows = states.flatMap((state): readonly Stage[] => {
    const standing = signals.byState[state] ?? 0
    return standing === 0 ? [] : [{ state, signals: standing, share: standing / signals.total }]
  })
  made.set(signals, rows)
  return rows
}

/** How long signals take, and those that take too long, where there is room. */
const flowLines = ({ snapshot }: ConsoleState, look: PaneLook): readonly Line[] => {
  const flow = snapshot?.signals.pipeline ?? null
  const room = look.height - HEAD_ROWS - stages(snapshot?.signals).length
  if (flow === null || room < 1) return []
  const { decay, stuck } = flow
  const took =
    decay === null ? 'no signal was executed yet' : `made to executed: median ${decay.median} s, 90 % within ${decay.p90} s, most ${decay.max} s`
  const lines = [
    emptyLine(`${flow.perMinute.toFixed(1)} a minute  ${took}`),
    ...stuck.map(({ symbol, strategy, state, ageMs }) => emptyLine(`STUCK ${symbol} of ${strategy}: ${state} for ${age(ageMs)}`, 'warning')),
  ]
  return lines.slice(0, room)
}

/** Where the signals stand; both times are of the feed's clock. */
export const pipeline: ListDefinition<Stage> = {
  pane: 'pipeline',
  name: 'Signals',
  rows: ({ snapshot }) => stages(snapshot?.signals),
  key: ({ state }) => state,
  columns: () => COLUMNS,
  note: ({ snapshot }, rows, { height }) => {
    if (snapshot === null || rows.length === 0) return []
    const { total, lastAt, pipeline: flow } = snapshot.signals
    const clock = decidedAt(snapshot)
    const last = lastAt === null || clock === null ? '' : `, last ${age(clock - lastAt)} ago`
    const few = height > rows.length + 1 ? '' : `  ${rows.map(({ state, signals }) => `${state} ${count(signals)}`).join('  ')}`
    const rate = flow === null ? '' : `, ${count(flow.perHour)} in the last hour`
    const stuck = flow === null || flow.stuckCount === 0 ? '' : `, ${count(flow.stuckCount)} STUCK`
    const troubled = flow !== null && flow.status !== 'HEALTHY'
    return [
      ...(troubled
        ? [{ text: `${flow.status}: ${flow.reason}  `, tone: flow.status === 'CRITICAL' ? ('danger' as const) : ('warning' as const) }]
        : []),
      { text: `${count(total)} in all${last}${rate}${stuck}${few}`, tone: 'muted' },
    ]
  },
  empty: (state) => emptyText(state, 'pipeline', 'no signal yet'),
  time: () => null,
  record: (row) => row,
  foot: flowLines,
  live: true,
}
