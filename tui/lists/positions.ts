import type { AccountView, PositionView } from '../../src/contracts/account.ts'
import { emptyText } from '../present/empty.ts'
import type { Line } from '../present/line.ts'
import { amount, digits, direction, fixed, percent, signed } from '../present/number.ts'
import type { PaneLook } from '../present/pane.ts'
import type { Column } from '../present/table.ts'
import { age } from '../present/time.ts'
import { decidedAt } from '../store/select.ts'
import type { ConsoleState } from '../store/state.ts'
import type { ListDefinition } from './list.ts'

const NONE: readonly never[] = []
const numeric = (text: string | null): number | null => (text === null ? null : Number(text))

const columns = ({ snapshot }: ConsoleState): readonly Column<PositionView>[] => {
  const decided = snapshot === null ? null : decidedAt(snapshot)
  return [
    { head: 'SYMBOL', width: 9, keep: 9, text: ({ symbol }) => symbol },
    { head: 'SIDE', width: 5, keep: 8, text: ({ side }) => side },
    { head: 'QUANTITY', width: 11, keep: 8, right: true, text: ({ quantity }) => digits(quantity), sort: ({ quantity }) => numeric(quantity) },
    { head: 'ENTRY', width: 10, keep: 6, right: true, text: ({ entryPrice }) => digits(entryPrice), sort: ({ entryPrice }) => numeric(entryPrice) },
    {
      head: 'MARK',
      width: 10,
      keep: 5,
      right: true,
      figure: true,
      text: ({ markPrice }) => digits(markPrice),
      sort: ({ markPrice }) => numeric(markPrice),
    },
    {
      head: 'UNREALISED',
      width: 11,
      keep: 9,
      right: true,
      figure: true,
      text: ({ unrealised }) => signed(unrealised),
      tone: ({ unrealised }) => direction(unrealised),
      sort: ({ unrealised }) => numeric(unrealised),
    },
    {
      head: '%',
      width: 8,
      keep: 4,
      right: true,
      figure: true,
      text: ({ unrealisedRatio }) => percent(unrealisedRatio),
      tone: ({ unrealised }) => direction(unrealised),
      sort: ({ unrealisedRatio }) => unrealisedRatio,
    },
    { head: 'R', width: 6, keep: 4.5, right: true, figure: true, text: (position) => multiple(position), sort: (position) => multipleOf(position) },
    { head: 'STATE', width: 8, keep: 7, text: ({ state }) => state, tone: ({ state }) => (state === 'OPEN' ? 'text' : 'warning') },
    {
      head: 'STOP',
      width: 10,
      keep: 3,
      right: true,
      text: ({ stop }) => (stop === null ? 'NONE' : digits(stop)),
      tone: ({ stop }) => (stop === null ? 'danger' : 'text'),
    },
    { head: 'TARGET', width: 10, keep: 2, right: true, text: ({ target }) => (target === null ? 'none' : digits(target)) },
    {
      head: 'AGE',
      width: 7,
      keep: 2,
      right: true,
      // Positions are as old as the data is: both times are of the feed's clock.
      text: ({ openedAt }) => (decided === null ? '-' : age(decided - openedAt)),
      sort: ({ openedAt }) => openedAt,
    },
    { head: 'STRATEGY', width: 12, keep: 1, text: ({ strategy }) => strategy },
  ]
}

/** Profit in multiples of what was risked first, by which the engine takes parts and moves stops; null without a first stop or a mark. */
export const multipleOf = ({ entryPrice, markPrice, firstStop, side }: PositionView): number | null => {
  if (firstStop === null || markPrice === null) return null
  const way = side === 'long' ? 1 : -1
  const risk = (Number(entryPrice) - Number(firstStop)) * way
  return risk <= 0 ? null : ((Number(markPrice) - Number(entryPrice)) * way) / risk
}

const multiple = (position: PositionView): string => {
  const value = multipleOf(position)
  if (value === null) return '-'
  const shown = fixed(value, 1)
  return `${Number(shown) > 0 ? '+' : ''}${shown}`
}

const sums = (open: number, account: AccountView, { old, width }: PaneLook): Line => {
  const mark = old ? '~' : ''
  return [
    { text: `${open} open  equity ${mark}${amount(account.equity)} ${account.currency}  unrealised ${mark}`, tone: 'muted' },
    { text: signed(account.unrealised), tone: direction(account.unrealised) },
    ...(width < 100 ? [] : ([{ text: `  realised ${signed(account.realised)}`, tone: 'muted' }] as const)),
  ]
}

/** What is held, with the account's sums in the title. */
export const positions: ListDefinition<PositionView> = {
  pane: 'positions',
  name: 'Positions',
  rows: ({ snapshot }) => snapshot?.positions ?? NONE,
  key: ({ symbol }) => symbol,
  columns,
  note: ({ snapshot }, rows, look) => (snapshot === null ? [] : sums(rows.length, snapshot.account, look)),
  empty: (state) => emptyText(state, 'positions', 'no open position'),
  time: ({ openedAt }) => openedAt,
  ofFeed: true,
  record: (row) => row,
  live: true,
}
