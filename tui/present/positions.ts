import type { AccountView, PositionView } from '../../src/contracts/account.ts'
import type { Line } from './line.ts'
import { amount, digits, direction, percent, signed } from './number.ts'
import { listPane, type PaneLook } from './pane.ts'
import type { Column } from './table.ts'

const COLUMNS: readonly Column<PositionView>[] = [
  { head: 'SYMBOL', width: 9, keep: 9, text: ({ symbol }) => symbol },
  { head: 'SIDE', width: 5, keep: 8, text: ({ side }) => side },
  { head: 'QUANTITY', width: 11, keep: 8, right: true, text: ({ quantity }) => digits(quantity) },
  { head: 'ENTRY', width: 10, keep: 6, right: true, text: ({ entryPrice }) => digits(entryPrice) },
  { head: 'MARK', width: 10, keep: 5, right: true, figure: true, text: ({ markPrice }) => digits(markPrice) },
  {
    head: 'UNREALISED',
    width: 11,
    keep: 9,
    right: true,
    figure: true,
    text: ({ unrealised }) => signed(unrealised),
    tone: ({ unrealised }) => direction(unrealised),
  },
  {
    head: '%',
    width: 8,
    keep: 4,
    right: true,
    figure: true,
    text: ({ unrealisedRatio }) => percent(unrealisedRatio),
    tone: ({ unrealised }) => direction(unrealised),
  },
  { head: 'STATE', width: 8, keep: 7, text: ({ state }) => state, tone: ({ state }) => (state === 'OPEN' ? 'text' : 'warning') },
  { head: 'STOP', width: 10, keep: 3, right: true, text: ({ stop }) => (stop === null ? 'none' : digits(stop)) },
  { head: 'TARGET', width: 10, keep: 2, right: true, text: ({ target }) => (target === null ? 'none' : digits(target)) },
]

/** What is held, with the account's sums in the title. */
export const presentPositions = (
  positions: readonly PositionView[],
  account: AccountView | null,
  selected: number,
  empty: string,
  look: PaneLook,
): readonly Line[] =>
  listPane<PositionView>({
    ...look,
    name: 'Positions',
    note: account === null ? [] : sums(positions.length, account, look),
    columns: COLUMNS,
    rows: positions,
    selected,
    empty,
  })

const sums = (open: number, account: AccountView, { old, width }: PaneLook): Line => {
  const mark = old ? '~' : ''
  const equity = `${open} open  equity ${mark}${amount(account.equity)} ${account.currency}  unrealised ${mark}`
  return [
    { text: equity, tone: 'muted' },
    { text: signed(account.unrealised), tone: direction(account.unrealised) },
    ...(width < 100 ? [] : ([{ text: `  realised ${signed(account.realised)}`, tone: 'muted' }] as const)),
  ]
}
