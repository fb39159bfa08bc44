import { exchangeDay } from '../../src/exchange-calendar.ts'
import { type Draft, record } from './draft.ts'
import { equityOf } from './equity.ts'

/** Whether the account's day is over, or never began. Asked for every bar. */
export const isNewDay = (day: { readonly endsAt: number } | null, at: number): boolean => day === null || at >= day.endsAt

/**
 * Begins the day that an instant falls into; what counts by the day counts from here. Told before anything of the new day is
 * looked at, so its equity is the old day's last.
 */
export const rollDay = (draft: Draft, at: number): void => {
  const { rules, state } = draft
  if (at <= 0 || !isNewDay(state.risk.day, at)) return
  const { calendar, day } = exchangeDay(rules.accountCalendar, at)
  // A clock that was set back finds the day already begun: a day never begins twice.
  if (state.risk.day !== null && day <= state.risk.day.day) return
  record(draft, {
    kind: 'dayRolled',
    calendar,
    day,
    from: state.risk.day?.day ?? null,
    equity: equityOf(rules.scales, state),
    realised: state.realised,
  })
}
