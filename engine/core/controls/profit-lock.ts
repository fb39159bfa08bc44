import type { Money } from '../../../src/units.ts'
import { type Draft, record } from '../draft.ts'
import { equityOf } from '../equity.ts'
import { moneyFrom } from '../money.ts'
import type { Rules } from '../rules.ts'
import type { State } from '../state.ts'

/** What a day's profit stood at when too much of it was given back; null while it is not. Exact at the limit: the share given back locks. */
const givenBack = (rules: Rules, { day }: State['risk'], equity: Money | null): { readonly best: Money; readonly day: number } | null => {
  const { target, giveBack } = rules.controls.profitLock
  if (target === '0' || day === null || day.locked || day.equity === null || equity === null || day.best <= 0) return null
  const now = equity - day.equity
  if ((day.best - now) / day.best < giveBack) return null
  const least = moneyFrom(target)
  return least > 0 && day.best >= least ? { best: day.best, day: now } : null
}

/** Whether a bar's mark locks the day. Runs for every bar. */
export const lockTrips = (rules: Rules, marked: State): boolean =>
  rules.controls.profitLock.target !== '0' && givenBack(rules, marked.risk, marked.markedEquity) !== null

/** Locks the account's day once enough of its best profit is given back. The next day begins unlocked. */
export const watchProfitLock = (draft: Draft): void => {
  const given = givenBack(draft.rules, draft.state.risk, equityOf(draft.rules.scales, draft.state))
  if (given === null) return
  const { target, giveBack } = draft.rules.controls.profitLock
  const reason = `the day's profit reached the target of ${target} and ${giveBack * 100} % of its best or more was given back`
  record(draft, { kind: 'profitLockChanged', locked: true, reason, best: given.best, day: given.day })
}

/** True while entries are over for the day. */
export const isLocked = (state: State): boolean => state.risk.day?.locked ?? false
