import { BREAKERS, type BreakerName, type BreakerRecord } from '../../../src/contracts/breaker.ts'
import { lockTrips } from '../controls/profit-lock.ts'
import type { Rules } from '../rules.ts'
import type { State } from '../state.ts'
import { badShare } from './bad-data.ts'
import { flattens } from './move.ts'
import { silenceOf } from './stale-feed.ts'

/**
 * The breakers to look at after a bar's mark, or null. Asked for every bar there is: comparisons, and nothing made. What a bar cannot
 * move (losses, orders, calls, clocks, reports of others) is looked at after the input that can.
 */
export const barTrips = (rules: Rules, marked: State): readonly BreakerName[] | null => {
  const { risk, clock } = marked
  if (risk.watchAt !== null && clock >= risk.watchAt) return BREAKERS
  return falls(rules, marked) || refusesRows(rules, marked) || hasTroubledPosition(rules, marked) || lockTrips(rules, marked) ? BREAKERS : null
}

const isClosed = (record: BreakerRecord | undefined): boolean => record !== undefined && record.state === 'closed'

/** Shares, not products: a quotient of two whole numbers is rounded once, so that a limit that is met exactly is met. */
const falls = (rules: Rules, { risk, markedEquity: equity }: State): boolean => {
  if (equity === null) return false
  const { peak, day, breakers } = risk
  if (equity < peak && (peak - equity) / peak >= rules.breakers.drawdown.limit && isClosed(breakers.drawdown)) return true
  if (day === null || day.equity === null) return day !== null && isClosed(breakers.dailyLoss)
  return equity < day.equity && (day.equity - equity) / day.equity >= rules.breakers.dailyLoss.limit && isClosed(breakers.dailyLoss)
}

const refusesRows = (rules: Rules, marked: State): boolean => {
  const { risk, row, barSequence } = marked
  if (row - risk.rowBaseBefore.row <= barSequence - risk.rowBaseBefore.sequence) return false
  return badShare(rules, marked) >= rules.breakers.badData.limit && isClosed(risk.breakers.badData)
}

const hasTroubledPosition = (rules: Rules, marked: State): boolean => {
  const { books, clock, risk } = marked
  for (let id = 0; id < books.length; id += 1) {
    const book = books[id]
    if (book === undefined || book.position === null) continue
    const { unprotectedSince } = book.position
    if (unprotectedSince !== null && clock - unprotectedSince >= rules.breakers.unprotected.seconds * 1_000 && isClosed(risk.breakers.unprotected))
      return true
    if (book.mark === null && isClosed(risk.breakers.dailyLoss)) return true
    const silent = book.markAt !== null && book.timeframeMs !== null && clock - book.markAt >= rules.breakers.staleFeed.bars * book.timeframeMs
    if (silent && isClosed(risk.breakers.staleFeed) && (silenceOf(rules, id, book, clock) ?? 0) >= rules.breakers.staleFeed.bars) return true
    if (book.state === 'OPEN' && flattens(rules, marked)) return true
  }
  return false
}
