import { isContinuous } from '../../../src/exchange-calendar.ts'
import { block, type GuardContext, type GuardOutcome, pass } from './guard.ts'

const MINUTE_MS = 60_000

/** Whether the exchange opened at least `limit` minutes ago today; `until` says what the wait is for. A market that never shuts did not open. */
export const afterOpen = ({ day, now }: GuardContext, limit: number, until: string): GuardOutcome => {
  if (limit === 0) return pass(null, limit, 'nothing to wait for')
  if (isContinuous(day)) return pass('CONTINUOUS', limit, 'the market did not open today: it never shut')
  if (day.opensAt === null || now < day.opensAt) return block(null, limit, 'the exchange has not opened today')
  const minutes = (now - day.opensAt) / MINUTE_MS
  return minutes >= limit
    ? pass(minutes, limit, 'long enough after the open')
    : block(minutes, limit, `${minutes.toFixed(1)} minutes after the open, ${until} ${limit}`)
}
