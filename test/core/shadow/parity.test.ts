import { expect, test } from 'vitest'
import { memoryLedger } from '../../../engine/backtest/memory-ledger.ts'
import { runBacktest } from '../../../engine/backtest/run.ts'
import { moneyFrom } from '../../../engine/core/money.ts'
import type { Rules } from '../../../engine/core/rules.ts'
import { instruments } from '../../helpers/engine-fixture.ts'
import { loaded, market, rules, terms } from '../../orchestrator/world.ts'

test.each([1, 2, 3, 4])(
  'the shadow of an approved signal ends as its trade does, to the millionth, where orders are filled whole (seed %i)',
  (seed) => {
    const paper = { ...terms, partialFillChance: 0 }
    const own: Rules = { ...rules, fills: { ...rules.fills, partialFillChance: 0 } }
    const ledger = memoryLedger()
    runBacktest(
      { rules: own, instruments, strategies: loaded.strategies, paper, cash: moneyFrom('100000'), mode: 'simulate', ledgerId: 'led' },
      market(seed, 2_000),
      ledger.take,
    )
    const shadows = new Map(ledger.ofKind('shadowClosed').map((event) => [event.shadow.signalId, event]))
    const trades = ledger.ofKind('tradeClosed')
    expect(trades.length).toBeGreaterThan(10)
    for (const trade of trades) {
      const shadow = shadows.get(trade.signalId ?? '')
      expect(
        shadow && {
          at: shadow.at,
          net: shadow.outcome.pnl,
          fees: shadow.outcome.fees,
          openedAt: shadow.outcome.enteredAt,
          reason: shadow.outcome.reason,
        },
        `${trade.signalId}`,
      ).toEqual({
        at: trade.at,
        net: trade.net,
        fees: trade.fees,
        openedAt: trade.openedAt,
        reason: trade.reason,
      })
    }
  },
)
