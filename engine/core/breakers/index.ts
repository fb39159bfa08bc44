import { BREAKERS, type BreakerName } from '../../../src/contracts/breaker.ts'
import { apiErrorRate } from './api-error-rate.ts'
import { apiErrors } from './api-errors.ts'
import { badData } from './bad-data.ts'
import type { Breaker } from './breaker.ts'
import { clockSkew } from './clock-skew.ts'
import { consecutiveLosses } from './consecutive-losses.ts'
import { dailyLoss } from './daily-loss.ts'
import { drawdown } from './drawdown.ts'
import { ledgerTrouble } from './ledger-trouble.ts'
import { orderRejects } from './order-rejects.ts'
import { reconciliation } from './reconciliation.ts'
import { restartStorm } from './restart-storm.ts'
import { staleFeed } from './stale-feed.ts'
import { unprotected } from './unprotected.ts'

export const breakers: { readonly [Name in BreakerName]: Breaker } = {
  dailyLoss,
  drawdown,
  consecutiveLosses,
  orderRejects,
  apiErrors,
  apiErrorRate,
  badData,
  staleFeed,
  reconciliation,
  restartStorm,
  clockSkew,
  ledgerTrouble,
  unprotected,
}

export const isBreaker = (name: string): name is BreakerName => (BREAKERS as readonly string[]).includes(name)
