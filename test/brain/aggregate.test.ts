import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { aggregate, type ClosedBar, KEPT_BARS } from '../../engine/brain/aggregate.ts'
import type { Bar } from '../../src/contracts/market.ts'
import { bar, MINUTE, MONDAY, walk } from './make.ts'

const FIVE = 5 * MINUTE

const closedFrom = (bars: readonly Bar[], timeframeMs: number): ClosedBar[] => {
  const closed: ClosedBar[] = []
  const { push } = aggregate(MINUTE, timeframeMs, (each) => closed.push(each))
  for (const each of bars) push(each)
  return closed
}

/** The same by grouping: every interval seen from its beginning that has its last base bar or is followed by a later one. */
const grouped = (bars: readonly Bar[], timeframeMs: number): Omit<ClosedBar, 'count' | 'skipped'>[] => {
  const startOf = ({ time }: Bar) => time - (time % timeframeMs)
  const groups = Object.groupBy(bars, (each) => String(startOf(each)))
  const first = bars[0]
  return Object.entries(groups).flatMap(([key, group = []]) => {
    const time = Number(key)
    const last = group.at(-1)
    const [head] = group
    if (last === undefined || head === undefined || (head === first && head.time !== time)) return []
    const over = last.time + MINUTE === time + timeframeMs || bars.some((each) => each.time >= time + timeframeMs)
    if (!over) return []
    return [
      {
        time,
        open: head.open,
        high: Math.max(...group.map(({ high }) => high)),
        low: Math.min(...group.map(({ low }) => low)),
        close: last.close,
        volume: group.reduce((sum, { volume }) => sum + volume, 0),
        missing: timeframeMs / MINUTE - group.length,
      },
    ]
  })
}

describe('aggregation', () => {
  test('agrees with grouping the bars, whatever is missing and wherever it begins', () => {
    const setup = fc.record({
      seed: fc.nat(),
      bars: fc.integer({ min: 1, max: 300 }),
      missing: fc.constantFrom(0, 0.05, 0.5, 0.95),
      offset: fc.nat(59),
      minutes: fc.constantFrom(1, 2, 5, 15, 60),
    })
    fc.assert(
      fc.property(setup, ({ seed, bars, missing, offset, minutes }) => {
        const source = walk({ seed, bars, missing, from: MONDAY + offset * MINUTE })
        const closed = closedFrom(source, minutes * MINUTE)
        expect(closed.map(({ count: _, skipped: __, ...rest }) => rest)).toEqual(grouped(source, minutes * MINUTE))
        expect(closed.map(({ count }) => count)).toEqual(closed.map((_, index) => index + 1))
        for (const [index, each] of closed.entries()) {
          const before = closed[index - 1]
          expect(each.skipped).toBe(before === undefined ? 0 : (each.time - before.time) / (minutes * MINUTE) - 1)
        }
      }),
    )
  })

  test('a bar closes on its last base bar, not a bar later', () => {
    const closed: ClosedBar[] = []
    const { push, forming } = aggregate(MINUTE, FIVE, (each) => closed.push(each))
    const source = walk({ seed: 1, bars: 5 })
    for (const each of source.slice(0, 4)) push(each)
    expect(closed).toEqual([])
    expect(forming()).toMatchObject({ time: MONDAY, open: source[0]?.open, close: source[3]?.close })
    for (const each of source.slice(4)) push(each)
    expect(closed).toMatchObject([{ time: MONDAY, missing: 0, count: 1 }])
    expect(forming()).toBeNull()
  })

  test('without its last base bar it closes when a later interval starts, and says what is missing', () => {
    const at = (minute: number) => bar({ sequence: minute + 1, time: MONDAY + minute * MINUTE })
    const closed = closedFrom([at(0), at(1), at(3), at(17), at(18), at(19)], FIVE)
    expect(closed).toMatchObject([
      { time: MONDAY, missing: 2, skipped: 0 },
      { time: MONDAY + 15 * MINUTE, missing: 2, skipped: 2 },
    ])
  })

  test('an interval that was not seen from its beginning gives no bar', () => {
    const source = walk({ seed: 2, bars: 8, from: MONDAY + 2 * MINUTE })
    expect(closedFrom(source, FIVE).map(({ time }) => time)).toEqual([MONDAY + FIVE])
  })

  test('the newest 500 closed bars are kept', () => {
    const { push, closed } = aggregate(MINUTE, MINUTE, () => undefined)
    const source = walk({ seed: 3, bars: KEPT_BARS + 50 })
    for (const each of source) push(each)
    expect(closed(0)?.time).toBe(source.at(-1)?.time)
    expect(closed(KEPT_BARS - 1)?.time).toBe(source[50]?.time)
    expect([closed(KEPT_BARS), closed(-1), closed(0.5)]).toEqual([null, null, null])
  })

  test('refuses a timeframe that is no multiple of the base', () => {
    expect(() => aggregate(MINUTE, 90_000, () => undefined)).toThrow(/multiple/)
    expect(() => aggregate(FIVE, MINUTE, () => undefined)).toThrow(/multiple/)
  })
})
