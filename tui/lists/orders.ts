import type { OrderView } from '../../src/contracts/account.ts'
import { emptyText } from '../present/empty.ts'
import { digits } from '../present/number.ts'
import type { Column } from '../present/table.ts'
import { age, timeText, timeWidth } from '../present/time.ts'
import { decidedAt, feedNow } from '../store/select.ts'
import type { ConsoleState } from '../store/state.ts'
import type { Tone } from '../theme.ts'
import type { ListDefinition } from './list.ts'

const NONE: readonly never[] = []
const TONES: Readonly<Record<string, Tone>> = {
  filled: 'good',
  rejected: 'danger',
  denied: 'danger',
  unknown: 'alarm',
  cancelled: 'muted',
  expired: 'muted',
}
const ENDED: ReadonlySet<string> = new Set(['filled', 'denied', 'rejected', 'cancelled', 'expired'])

export const isWorking = ({ state }: OrderView): boolean => !ENDED.has(state)

const columns = (state: ConsoleState): readonly Column<OrderView>[] => {
  const { clock, snapshot } = state
  const now = feedNow(state)
  const decided = snapshot === null ? null : decidedAt(snapshot)
  return [
    {
      head: 'TIME',
      width: timeWidth(
        (snapshot?.orders ?? NONE).map(({ intendedAt }) => intendedAt),
        clock,
        now,
      ),
      keep: 8,
      text: ({ intendedAt }) => timeText(intendedAt, clock, now),
      sort: ({ intendedAt }) => intendedAt,
    },
    { head: 'ORDER', width: 14, keep: 7, text: ({ clientOrderId }) => clientOrderId },
    { head: 'SYMBOL', width: 9, keep: 9, text: ({ symbol }) => symbol },
    { head: 'SIDE', width: 4, keep: 8, text: ({ side }) => side },
    { head: 'FOR', width: 5, keep: 6, text: ({ purpose }) => purpose },
    { head: 'QUANTITY', width: 11, keep: 7, right: true, text: ({ quantity }) => digits(quantity), sort: ({ quantity }) => Number(quantity) },
    { head: 'FILLED', width: 11, keep: 5, right: true, text: ({ filled }) => digits(filled), sort: ({ filled }) => Number(filled) },
    { head: 'AVERAGE', width: 10, keep: 5, right: true, text: ({ averagePrice }) => (averagePrice === null ? '-' : digits(averagePrice)) },
    {
      head: 'STATE',
      width: 12,
      keep: 9,
      text: ({ state }) => (state === 'unknown' ? 'UNKNOWN' : state),
      tone: ({ state }) => TONES[state] ?? 'warning',
    },
    {
      head: 'AGE',
      width: 7,
      keep: 3,
      right: true,
      text: (order) => (isWorking(order) && decided !== null ? age(decided - order.intendedAt) : '-'),
    },
    { head: 'REASON', width: 8, keep: 4, text: ({ reason }) => reason },
  ]
}

/** Orders that work, and the newest that ended. */
export const orders: ListDefinition<OrderView> = {
  pane: 'orders',
  name: 'Orders',
  rows: ({ snapshot }) => snapshot?.orders ?? NONE,
  key: ({ clientOrderId }) => clientOrderId,
  columns,
  note: (_, rows) => {
    const working = rows.filter(isWorking).length
    const unknown = rows.filter(({ state }) => state === 'unknown').length
    return rows.length === 0
      ? []
      : [
          { text: `${working} working  ${rows.length - working} newest ended`, tone: 'muted' },
          ...(unknown === 0 ? [] : [{ text: `  ${unknown} UNKNOWN`, tone: 'alarm' as const }]),
        ]
  },
  empty: (state) => emptyText(state, 'orders', 'no order yet'),
  time: ({ intendedAt }) => intendedAt,
  ofFeed: true,
  record: (row) => ({ ...row, corr: row.signalId }),
  live: true,
}
