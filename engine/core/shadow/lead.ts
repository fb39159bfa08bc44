import type { Bar } from '../../../src/contracts/market.ts'
import type { Management } from '../manage.ts'
import { priceFrom, type Scale } from '../money.ts'
import type { Rules } from '../rules.ts'
import type { Position } from '../state.ts'

const MINUTE_MS = 60_000

/** The fixed profile: out at its stop, its target or its age, whichever comes first; where one bar reaches both levels the stop counts. */
export const leadByProfile = (rules: Rules, scale: Scale, position: Position, bar: Bar, now: number): Management | null => {
  const long = position.side === 'long'
  const against = long ? priceFrom(scale, bar.low, 'down') : priceFrom(scale, bar.high, 'up')
  const forUs = long ? priceFrom(scale, bar.high, 'up') : priceFrom(scale, bar.low, 'down')
  const out = (reason: string): Management => ({ kind: 'exit', quantity: position.quantity, reason })
  if (position.stop !== null && (long ? against <= position.stop : against >= position.stop)) return out('stop_loss')
  if (position.target !== null && (long ? forUs >= position.target : forUs <= position.target)) return out('profit_target')
  return now - position.openedAt >= rules.shadow.holdMinutes * MINUTE_MS ? out('max_hold_time') : null
}
