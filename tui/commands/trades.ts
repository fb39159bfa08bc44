import { join } from 'node:path'
import type { TradeLine } from '../../src/contracts/stream.ts'
import { dayFiles } from '../../src/day-files.ts'
import { Exit } from '../../src/exit.ts'
import { type CommandFunction, type Context, text } from './context.ts'
import { countOf } from './count.ts'
import { printList } from './print.ts'
import { type Fields, lastRecords } from './records.ts'
import { sinceOf } from './since.ts'
import { demandSource } from './source.ts'

/** Fills, newest last. Works without an engine. */
export const trades: CommandFunction = async (context, _, options) => {
  const since = await sinceOf(context, options)
  const [symbol, strategy] = [text(options, 'symbol'), text(options, 'strategy')]
  const wanted = (fields: Fields): boolean =>
    (symbol === undefined || fields.symbol === symbol) &&
    (strategy === undefined || fields.strategy_name === strategy) &&
    (since === null || Date.parse(String(fields.timestamp)) >= since)
  printList(
    context,
    [
      { head: 'TIME', of: ({ timestamp }) => timestamp },
      { head: 'SYMBOL', of: ({ symbol }) => symbol },
      { head: 'ACTION', of: ({ action }) => action },
      { head: 'QUANTITY', right: true, of: ({ quantity }) => quantity },
      { head: 'PRICE', right: true, of: ({ price }) => price },
      { head: 'COST', right: true, of: ({ commission }) => commission },
      { head: 'NET', right: true, of: ({ net_profit_loss }) => net_profit_loss },
      { head: 'OUTCOME', of: ({ outcome }) => outcome },
      { head: 'MODE', of: ({ execution_mode }) => execution_mode },
      { head: 'ORDER', of: ({ order_id }) => order_id },
      { head: 'STRATEGY', of: ({ strategy_name }) => strategy_name },
      { head: 'WHY', of: ({ exit_reasoning, decision_reasoning }) => exit_reasoning ?? decision_reasoning },
    ],
    lastTrades(context, countOf(options), wanted),
    'no trades recorded',
  )
  return Exit.done
}

/** One file a day, read from the newest back until there are enough. */
export const lastTrades = (context: Context, count: number, wanted: (fields: Fields) => boolean): TradeLine[] => {
  const found: TradeLine[] = []
  for (const day of tradeDays(context).reverse()) {
    if (found.length >= count) break
    found.unshift(
      ...lastRecords<TradeLine>(context, join(context.paths.trades, day), count - found.length, (fields) => 'order_id' in fields && wanted(fields)),
    )
  }
  return found
}

const tradeDays = ({ paths }: Context): string[] => {
  demandSource(paths, 'streams', paths.trades)
  try {
    return dayFiles(paths.trades)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
