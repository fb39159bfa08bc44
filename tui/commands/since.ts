import { Exit, ExitError } from '../../src/exit.ts'
import { feedClock } from '../store/select.ts'
import { type Context, type Options, text } from './context.ts'
import { see } from './engine.ts'

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/**
 * Start of a list of what happened by the feed's clock: `--since 2h` before that clock's now, which in a replay is its data's, or an ISO time.
 * Null where it was not given. @throws ExitError 64
 */
export const sinceOf = async (context: Context, options: Options): Promise<number | null> => {
  const given = text(options, 'since')
  if (given === undefined) return null
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(given) ?? []
  if (count !== undefined) return (await feedClockOf(context)) - Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]
  const at = /^\d{4}-\d\d-\d\d/.test(given) ? Date.parse(given) : Number.NaN
  if (Number.isNaN(at))
    throw new ExitError(Exit.usage, `--since ${JSON.stringify(given)}: expected an age such as 2h or a time such as 2026-01-31T09:30:00Z`)
  return at
}

/** Without a snapshot there is only the wall's. */
const feedClockOf = async (context: Context): Promise<number> => {
  const now = context.clock.now()
  try {
    return feedClock({ snapshot: (await see(context)).snapshot, now })
  } catch (error) {
    if (error instanceof ExitError) return now
    throw error
  }
}
