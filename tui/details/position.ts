import type { PositionView } from '../../src/contracts/account.ts'
import type { TradeLine } from '../../src/contracts/stream.ts'
import { LISTS } from '../lists/index.ts'
import { chosenRow } from '../lists/list.ts'
import { multipleOf } from '../lists/positions.ts'
import { digits, direction, percent, signed } from '../present/number.ts'
import { dateTime, timeText } from '../present/time.ts'
import { feedNow } from '../store/select.ts'
import { type DetailPresenter, fact, nothingChosen } from './detail.ts'

const FILLS_SHOWN = 12

/** The chosen position with its protection and its fills. */
export const position: DetailPresenter = (state) => {
  const chosen = chosenRow<PositionView>(LISTS.positions, state)
  if (chosen === null) return nothingChosen('Position', 'no position is chosen')
  const multiple = multipleOf(chosen)
  // What was filled before it opened is of another position in the same instrument.
  const own = ({ symbol, timestamp }: TradeLine): boolean => symbol === chosen.symbol && Date.parse(timestamp) >= chosen.openedAt
  const fills = state.records.trades.rows.filter(own).slice(0, FILLS_SHOWN)
  return {
    name: `Position: ${chosen.symbol} ${chosen.side}`,
    note: [{ text: signed(chosen.unrealised), tone: direction(chosen.unrealised) }],
    lines: [
      fact('held', `${digits(chosen.quantity)} at ${digits(chosen.entryPrice)} since ${dateTime(chosen.openedAt)}`),
      fact(
        'mark',
        chosen.markPrice === null
          ? 'unknown'
          : `${digits(chosen.markPrice)}  ${percent(chosen.unrealisedRatio)}${multiple === null ? '' : `  ${multiple.toFixed(2)} R`}`,
      ),
      fact('stop', chosen.stop === null ? 'NONE: nothing protects it' : digits(chosen.stop), chosen.stop === null ? 'danger' : 'text'),
      fact('target', chosen.target === null ? 'none' : digits(chosen.target)),
      fact('from', `${chosen.strategy}${chosen.signalId === null ? '' : `  corr ${chosen.signalId}`}`),
      ...fills.map((fill: TradeLine) =>
        fact(
          timeText(Date.parse(fill.timestamp), state.clock, feedNow(state)),
          `${fill.action} ${digits(fill.quantity)} at ${digits(fill.price)}  fee ${digits(fill.commission)}${fill.net_profit_loss === null ? '' : `  net ${signed(fill.net_profit_loss)}`}${fill.exit_reasoning === null ? '' : `  ${fill.exit_reasoning}`}`,
          'muted',
        ),
      ),
    ],
  }
}
