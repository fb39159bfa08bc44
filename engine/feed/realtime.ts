import type { Logger } from 'pino'
import type { Clock } from '../../src/clock.ts'
import type { Instrument } from '../../src/contracts/market.ts'
import type { Doorbell, Progress } from '../ring/port.ts'
import type { TapeWriter } from '../tape/port.ts'
import type { Desk } from './desk.ts'
import { FIELDS, type Firewall, NOT_LOOKED, PASSED } from './firewall.ts'
import type { Outlet } from './outlet.ts'
import { simulatedInstrument } from './simulated.ts'
import { fineWall } from './wall.ts'

/** Intervals that closed longer ago than this are left out, as a venue leaves out what nobody heard: the next bar shows the gap. */
export const CATCH_UP_MS_MAX = 1_000
/** A sleep is never longer, so that a stepped clock is noticed. */
const SLEEP_MS_MAX = 1_000

export type SimulatedPorts = {
  readonly seed: number
  readonly timeframeMs: number
  readonly instruments: readonly Instrument[]
  readonly firewall: Firewall
  readonly desk: Desk
  readonly outlet: Outlet
  readonly tape: TapeWriter
  readonly bell: Doorbell
  readonly progress: Progress
  readonly clock: Clock
  readonly log: Pick<Logger, 'warn'>
  readonly stopping: () => boolean
}

/** One bar of each instrument whenever an interval of the wall clock closes. Prices go on from the newest ones on the tape. */
export const runSimulated = async (ports: SimulatedPorts): Promise<void> => {
  const { seed, timeframeMs, instruments, firewall, desk, outlet, tape, bell, progress, clock, log, stopping } = ports
  const wall = fineWall(clock)
  const values = new Float64Array(FIELDS)
  const newest = tape.end().newest
  const states = instruments.map((instrument) => {
    const market = simulatedInstrument(seed, instrument, timeframeMs)
    const last = newest.get(instrument.id)
    return { market, close: last?.close ?? market.startPrice, time: last?.time ?? Number.NEGATIVE_INFINITY }
  })
  const closedNow = (): number => Math.floor(clock.now() / timeframeMs) // number of the interval that is forming
  const forming = closedNow()
  /** First interval that is not dealt with: the one that just closed counts, if the feed before did not live to tell it. */
  let next = forming - 1

  const interval = async (number: number): Promise<void> => {
    firewall.setNow(clock.now())
    for (const [slot, state] of states.entries()) {
      if (number * timeframeMs <= state.time || !state.market.bar(number, state.close, values)) continue
      const rule = firewall.check(slot, values, NOT_LOOKED)
      if (rule !== PASSED) {
        desk.reject(rule, slot, 0, number * timeframeMs, () => `${instruments[slot]?.symbol} ${values.join(' ')}`)
        continue
      }
      const bar = desk.bar(slot, values, 0, 0, wall())
      state.close = bar.close
      state.time = bar.time
      if (!outlet.take(bar)) await outlet.deliver(bar)
    }
    outlet.publish()
  }

  while (!stopping()) {
    const oldest = Math.floor((clock.now() - CATCH_UP_MS_MAX) / timeframeMs)
    if (next < Math.min(oldest, closedNow() - 1)) {
      const missed = Math.min(oldest, closedNow() - 1) - next
      log.warn({ intervals: missed }, 'the feed was held up; the bars of that time are missing')
      next += missed
    }
    if (next < closedNow()) {
      await interval(next)
      next += 1
      continue
    }
    progress.setWaiting(true)
    await bell.sleep(stopping, Math.min(Math.max(1, (next + 1) * timeframeMs - clock.now()), SLEEP_MS_MAX), true)
    progress.setWaiting(false)
  }
  outlet.publish()
}
