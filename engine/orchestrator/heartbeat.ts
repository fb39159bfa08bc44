import { replaceFile } from '../../src/atomic-file.ts'
import { dayIn } from '../../src/calendar.ts'
import type { HeartbeatFile } from '../../src/contracts/stream.ts'
import { type CalendarName, sessionPhase } from '../../src/exchange-calendar.ts'
import type { State } from '../core/state.ts'
import type { Boot } from '../supervisor/messages.ts'

const EXCHANGE_ZONE = 'America/New_York'

/** Proof of work for whoever looks at files: progress counters of the loop itself, never a timer's. */
export const heartbeatOf = (
  boot: Boot,
  state: State,
  about: {
    readonly now: number
    readonly feedNow: number
    readonly calendar: CalendarName
    readonly pid: number
    readonly host: string
    readonly cycle: number
    readonly errors: number
  },
): HeartbeatFile => ({
  ts_utc: new Date(about.now).toISOString(),
  ny_date: dayIn(EXCHANGE_ZONE, about.now),
  pid: about.pid,
  hostname: about.host,
  execution_mode: boot.mode,
  dry_run: boot.mode === 'dry-run',
  poll_seconds: 0, // nothing is polled: the loop wakes by its doorbell
  market_is_open: about.feedNow === 0 ? null : sessionPhase(about.calendar, about.feedNow) !== 'CLOSED',
  blocks: state.engine.state === 'running' ? [] : [`engine_${state.engine.state}`],
  errors_count: about.errors,
  intents_count: state.counts.orders,
  orders_submitted_count: state.counts.submitted,
  candidates_csv: { path: null, mtime_utc: null, row_count: null },
  cycle: about.cycle,
  bar_sequence: state.barSequence,
  last_bar_at: state.clock === 0 ? null : state.clock,
  ledger_sequence: state.sequence,
})

export const writeHeartbeat = (path: string, heartbeat: HeartbeatFile): void => replaceFile(path, `${JSON.stringify(heartbeat)}\n`)
