import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  AHEAD_MS_MAX,
  createFirewall,
  EARLIEST_MS,
  type Firewall,
  type FirewallSettings,
  NOT_LOOKED,
  NOTHING_FOLLOWS,
  PAST_MS_MAX,
  ruleName,
  ruleNumber,
  UNCONFIRMED_GAP_MS_MAX,
} from '../../engine/feed/firewall.ts'
import { FIREWALL_RULES } from '../../src/contracts/market.ts'
import { MINUTE, START, WALL } from './fakes.ts'

type Six = readonly [time: number, open: number, high: number, low: number, close: number, volume: number]

const firewall = (settings: Partial<FirewallSettings> = {}): Firewall => {
  const made = createFirewall({ clock: 'data', timeframeMs: MINUTE, instruments: 2, ...settings })
  made.setNow(WALL)
  made.setClock(settings.clock === 'wall' ? WALL : START)
  return made
}

const check = (made: Firewall, candle: Six, following = NOT_LOOKED, slot = 0): string => {
  const rule = made.check(slot, Float64Array.from(candle), following)
  return rule === 0 ? 'passes' : ruleName(rule)
}

const at = (time: number, close = 100): Six => [time, 100, Math.max(100, close), Math.min(100, close), close, 1]

test('every rule has its number, and the number its name', () => {
  expect(FIREWALL_RULES.map((rule) => ruleName(ruleNumber(rule)))).toEqual([...FIREWALL_RULES])
  expect(() => ruleName(FIREWALL_RULES.length + 1)).toThrow(/no firewall rule/)
})

describe('one candle', () => {
  const tiny = Number.MIN_VALUE
  test.each<{ says: string; candle: Six; verdict: string }>([
    { says: 'a candle as it should be', candle: [START, 10, 12, 9, 11, 5], verdict: 'passes' },
    { says: 'no volume at all', candle: [START, 10, 12, 9, 11, 0], verdict: 'passes' },
    { says: 'less than no volume', candle: [START, 10, 12, 9, 11, -tiny], verdict: 'volume' },
    { says: 'NaN', candle: [START, 10, 12, Number.NaN, 11, 5], verdict: 'finite' },
    { says: 'a volume that is NaN', candle: [START, 10, 12, 9, 11, Number.NaN], verdict: 'finite' },
    { says: 'an infinite price', candle: [START, 10, Number.POSITIVE_INFINITY, 9, 11, 5], verdict: 'finite' },
    { says: 'a time that is NaN', candle: [Number.NaN, 10, 12, 9, 11, 5], verdict: 'finite' },
    { says: 'the smallest price there is', candle: [START, tiny, tiny, tiny, tiny, 5], verdict: 'passes' },
    { says: 'a price of zero', candle: [START, 10, 12, 0, 11, 5], verdict: 'positive' },
    { says: 'a negative price', candle: [START, -10, 12, 9, 11, 5], verdict: 'positive' },
    { says: 'all four prices equal', candle: [START, 10, 10, 10, 10, 5], verdict: 'passes' },
    { says: 'a high below the close', candle: [START, 10, 10.99, 9, 11, 5], verdict: 'envelope' },
    { says: 'a high below the open', candle: [START, 12, 11, 9, 10, 5], verdict: 'envelope' },
    { says: 'a low above the open', candle: [START, 10, 12, 10.01, 11, 5], verdict: 'envelope' },
    { says: 'a low above the close', candle: [START, 10, 12, 9.51, 9.5, 5], verdict: 'envelope' },
    { says: 'a high below the low', candle: [START, 10, 9, 12, 11, 5], verdict: 'envelope' },
    { says: 'half a minute past', candle: [START + 30_000, 10, 12, 9, 11, 5], verdict: 'grid' },
    { says: 'a millisecond past', candle: [START + 1, 10, 12, 9, 11, 5], verdict: 'grid' },
  ])('$says: $verdict', ({ candle, verdict }) => {
    expect(check(firewall(), candle)).toBe(verdict)
  })

  test('the first rule in the order of the list is the one that is named', () => {
    expect(check(firewall(), [1, -1, Number.NaN, 0, 0, -1])).toBe('finite')
    expect(check(firewall(), [1, -1, 1, 1, 1, -1])).toBe('positive')
    expect(check(firewall(), [1, 1, 0.5, 1, 1, -1])).toBe('volume')
    expect(check(firewall(), [1, 1, 0.5, 1, 1, 1])).toBe('envelope')
    expect(check(firewall(), at(1), NOT_LOOKED, -1)).toBe('past')
  })

  test('an instrument that nobody configured is refused, whatever it costs', () => {
    expect(check(firewall(), at(START), NOT_LOOKED, -1)).toBe('symbol')
  })
})

describe('by the clock of the wall', () => {
  const byWall = () => firewall({ clock: 'wall' })
  test.each([
    { says: '365 days old', time: WALL - PAST_MS_MAX, verdict: 'passes' },
    { says: 'a minute older', time: WALL - PAST_MS_MAX - MINUTE, verdict: 'past' },
    { says: 'an hour ahead', time: WALL + AHEAD_MS_MAX, verdict: 'passes' },
    { says: 'a minute more than an hour ahead', time: WALL + AHEAD_MS_MAX + MINUTE, verdict: 'future' },
  ])('$says: $verdict', ({ time, verdict }) => {
    expect(check(byWall(), at(time))).toBe(verdict)
  })

  test('the next candle is no excuse for one from the future', () => {
    const time = WALL + AHEAD_MS_MAX + MINUTE
    expect(check(byWall(), at(time), time + MINUTE)).toBe('future')
  })
})

describe('by the clock of the data', () => {
  test('a year that is long over is replayed as it was', () => {
    const made = firewall()
    expect([0, 1, 2].map((minute) => check(made, at(START + minute * MINUTE)))).toEqual(['passes', 'passes', 'passes'])
    expect(made.clock()).toBe(START + 3 * MINUTE)
  })

  const behind = (gapMs: number): number => START + MINUTE + gapMs
  test.each([
    { says: 'an hour is no gap worth a question', gapMs: AHEAD_MS_MAX, following: NOT_LOOKED, verdict: 'passes' },
    { says: 'more than an hour has to wait for the next row', gapMs: AHEAD_MS_MAX + MINUTE, following: NOT_LOOKED, verdict: 'future' },
    { says: 'a weekend from where time goes on', gapMs: 66 * 3_600_000, following: behind(66 * 3_600_000) + MINUTE, verdict: 'passes' },
    { says: 'a doubled row after a gap', gapMs: 66 * 3_600_000, following: behind(66 * 3_600_000), verdict: 'passes' },
    { says: 'half a year from where time goes on', gapMs: 180 * 86_400_000, following: behind(181 * 86_400_000), verdict: 'passes' },
    { says: 'a year', gapMs: 365 * 86_400_000, following: behind(366 * 86_400_000), verdict: 'passes' },
    {
      says: 'a year and a minute, as where a year is mistyped',
      gapMs: 365 * 86_400_000 + MINUTE,
      following: behind(366 * 86_400_000),
      verdict: 'future',
    },
    { says: 'a time from which the next row goes back', gapMs: 2 * 3_600_000, following: START + 2 * MINUTE, verdict: 'future' },
    { says: 'a month before the end of the file', gapMs: UNCONFIRMED_GAP_MS_MAX, following: NOTHING_FOLLOWS, verdict: 'passes' },
    { says: 'more than a month before the end', gapMs: UNCONFIRMED_GAP_MS_MAX + MINUTE, following: NOTHING_FOLLOWS, verdict: 'future' },
  ])('$says: $verdict', ({ gapMs, following, verdict }) => {
    const made = firewall()
    check(made, at(START))
    expect(check(made, at(behind(gapMs)), following)).toBe(verdict)
  })

  test('nothing is ahead of the wall clock, whatever follows', () => {
    const made = firewall()
    const year5138 = 100_000_000_000_000 - (100_000_000_000_000 % MINUTE)
    expect(check(made, at(year5138), year5138 + MINUTE)).toBe('future')
    expect(made.mayBeGap(year5138)).toBe(false)
    made.setClock(WALL - 86_400_000)
    expect(check(made, at(WALL + AHEAD_MS_MAX + MINUTE), WALL + 2 * AHEAD_MS_MAX)).toBe('future')
    expect(check(made, at(WALL + AHEAD_MS_MAX), WALL + 2 * AHEAD_MS_MAX)).toBe('passes')
  })

  test('the first year of the epoch is an unset time, even on an empty tape', () => {
    const made = createFirewall({ clock: 'data', timeframeMs: MINUTE, instruments: 1 })
    made.setNow(WALL)
    expect(check(made, at(0))).toBe('past')
    expect(check(made, at(EARLIEST_MS - MINUTE))).toBe('past')
    expect(check(made, at(EARLIEST_MS))).toBe('passes')
  })

  test('365 days before the newest candle it is too late to be out of order', () => {
    const made = firewall()
    check(made, at(START))
    expect(check(made, at(START + MINUTE - PAST_MS_MAX))).toBe('order')
    expect(check(made, at(START - PAST_MS_MAX))).toBe('past')
  })

  test('a candle is taken once, and none after a newer one', () => {
    const made = firewall()
    const times = [0, 1, 1, 3, 2, 0, 4].map((minute) => check(made, at(START + minute * MINUTE)))
    expect(times).toEqual(['passes', 'passes', 'duplicate', 'passes', 'order', 'order', 'passes'])
  })

  test('instruments have their own newest candle, but time does not go back between them', () => {
    const made = firewall()
    expect(check(made, at(START), NOT_LOOKED, 0)).toBe('passes')
    expect(check(made, at(START), NOT_LOOKED, 1)).toBe('passes')
    expect(check(made, at(START + 5 * MINUTE), NOT_LOOKED, 0)).toBe('passes')
    expect(check(made, at(START + MINUTE), NOT_LOOKED, 1)).toBe('order')
    expect(check(made, at(START + 5 * MINUTE), NOT_LOOKED, 1)).toBe('passes')
  })

  test('a gap is marked on the candle after it, and not on the first one', () => {
    const made = firewall()
    const gaps = [0, 1, 3, 4].map((minute) => [check(made, at(START + minute * MINUTE)), made.afterGap()])
    expect(gaps).toEqual([
      ['passes', false],
      ['passes', false],
      ['passes', true],
      ['passes', false],
    ])
  })
})

describe('grid', () => {
  test('weeks begin on any day, since the epoch began on a Thursday', () => {
    const made = firewall({ timeframeMs: 7 * 86_400_000 })
    expect(check(made, at(START))).toBe('passes')
    expect(check(made, at(START + 7 * 86_400_000))).toBe('passes')
    expect(check(made, at(START + 14 * 86_400_000 + MINUTE))).toBe('grid')
  })
})

describe('jumps', () => {
  const closes = (list: readonly number[], settings: Partial<FirewallSettings> = {}): string[] => {
    const made = firewall(settings)
    return list.map((close, index) => check(made, at(START + index * MINUTE, close)))
  }

  test('the limit itself passes, in both directions', () => {
    expect(closes([100, 150])).toEqual(['passes', 'passes'])
    expect(closes([100, 50])).toEqual(['passes', 'passes'])
    expect(closes([100, 150.01])).toEqual(['passes', 'jump'])
    expect(closes([100, 49.99])).toEqual(['passes', 'jump'])
  })

  test('one wrong price costs that candle and nothing else', () => {
    expect(closes([100, 10_000, 101, 0.01, 102])).toEqual(['passes', 'jump', 'passes', 'jump', 'passes'])
  })

  test('the third candle in a row at a new level is taken: a split is not refused for ever', () => {
    expect(closes([100, 10, 10.2, 9.9, 10])).toEqual(['passes', 'jump', 'jump', 'passes', 'passes'])
  })

  test('levels that do not agree confirm nothing', () => {
    expect(closes([100, 1_000, 10, 1_000, 10, 100])).toEqual(['passes', 'jump', 'jump', 'jump', 'jump', 'passes'])
  })

  test('a candle at the old level ends the run', () => {
    expect(closes([100, 10, 10, 100, 10, 10, 10])).toEqual(['passes', 'jump', 'jump', 'passes', 'jump', 'jump', 'passes'])
  })
})

test('whatever comes, what is taken has every property that the rules promise', () => {
  const price = fc.oneof(
    { weight: 8, arbitrary: fc.double({ min: 90, max: 110, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e-9, 1e9, 5e-324) },
  )
  const time = fc.oneof(
    // Minutes from where the candle stands in the list, so that most of them come in order.
    { weight: 12, arbitrary: fc.constantFrom(0, 0, 0, 0, 1, 2, -1).map((minute) => minute * MINUTE) },
    { weight: 1, arbitrary: fc.constantFrom(0, -1, Number.NaN, START + 1, WALL * 2, START - PAST_MS_MAX * 2, START + 40 * 86_400_000) },
  )
  const volume = fc.oneof(
    { weight: 8, arbitrary: fc.double({ min: 0, max: 9, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(-1, Number.NaN) },
  )
  const candle = fc.tuple(time, price, price, price, price, volume, fc.boolean())
  const ordered = candle.map(
    ([at, a, b, c, d, v, sort]): Six => (sort ? [at, a, Math.max(a, b, c, d), Math.min(a, b, c, d), b, v] : [at, a, b, c, d, v]),
  )
  let taken = 0
  fc.assert(
    fc.property(fc.array(ordered, { minLength: 1, maxLength: 60, size: 'max' }), (candles) => {
      const made = firewall()
      let last: { readonly time: number } | null = null
      for (const [index, drawn] of candles.entries()) {
        const candle: Six = Math.abs(drawn[0]) <= 2 * MINUTE ? ([START + index * MINUTE + drawn[0], ...drawn.slice(1)] as unknown as Six) : drawn
        const rule = made.check(0, Float64Array.from(candle), NOTHING_FOLLOWS)
        expect(rule).toBeLessThanOrEqual(FIREWALL_RULES.length)
        if (rule !== 0) continue
        taken += 1
        const [time, open, high, low, close, volume] = candle
        expect([open, high, low, close, volume].every(Number.isFinite)).toBe(true)
        expect(Math.min(open, high, low, close)).toBeGreaterThan(0)
        expect(volume).toBeGreaterThanOrEqual(0)
        expect(high).toBeGreaterThanOrEqual(Math.max(open, close, low))
        expect(low).toBeLessThanOrEqual(Math.min(open, close))
        expect(time % MINUTE).toBe(0)
        expect(time).toBeGreaterThan(last?.time ?? 0)
        expect(time).toBeLessThanOrEqual(WALL + AHEAD_MS_MAX)
        last = { time }
      }
    }),
    { seed: 20_260_115, numRuns: 300 },
  )
  expect(taken).toBeGreaterThan(1_000)
})
