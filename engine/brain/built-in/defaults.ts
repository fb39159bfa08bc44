import { type FeedConfig, StrategySetting } from '../../../src/contracts/config.ts'
import { timeframeText } from '../../../src/contracts/market.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const FOUR_HOURS_MS = 14_400_000

/** Base bars in a bar near the length wanted: at least one, always a whole number. */
const barsNear = (wantedMs: number, baseMs: number): number => Math.max(1, Math.round(wantedMs / baseMs))

/**
 * The strategies of an instance whose settings name none. On the simulated feed they are quick, so that a first look sees signals
 * within a minute or two; on a replay they work on bars of about one and four hours, or of 60 and 240 base bars below a minute.
 */
export const defaultStrategies = (feed: FeedConfig, timeframeMs: number): StrategySetting[] => {
  const setting = (id: string, bars: number, params: Record<string, unknown> = {}): StrategySetting =>
    StrategySetting.parse({ id, timeframe: timeframeText(bars * timeframeMs), params })

  if (feed.kind === 'simulated') return [setting('sma-cross', 2, { fast: 6, slow: 18 }), setting('breakout', 5)]
  if (timeframeMs < MINUTE_MS) return [setting('sma-cross', 60), setting('breakout', 240)]
  return [setting('sma-cross', barsNear(HOUR_MS, timeframeMs)), setting('breakout', barsNear(FOUR_HOURS_MS, timeframeMs))]
}
