import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { figure, sampled, scaleOf, shareOf } from '../../tui/charts/scale.ts'

const finite = fc.double({ noNaN: true, noDefaultInfinity: true })

describe('the scale beside a chart', () => {
  test.each([
    { values: [0, 10], rows: 7, texts: ['0', '5', '10'] },
    { values: [99_980, 100_144], rows: 7, texts: ['100000', '100100'] },
    { values: [0.001, 0.0042], rows: 7, texts: ['0.002', '0.004'] },
    { values: [-3_200_000, 5_000_000], rows: 7, texts: ['0M', '5M'] },
    { values: [5], rows: 7, texts: ['4.95', '5.00', '5.05'] },
    { values: [0], rows: 4, texts: ['-1', '0', '1'] },
    { values: [], rows: 4, texts: ['-1', '0', '1'] },
  ])('$values have $texts', ({ values, rows, texts }) => {
    expect(scaleOf(values, rows).ticks.map(({ text }) => text)).toEqual(texts)
  })

  test('any finite values lie on it, and what it names is finite, rising and between its ends', () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1, maxLength: 20 }), fc.integer({ min: 2, max: 40 }), (values, rows) => {
        const scale = scaleOf(values, rows)
        expect(scale.ticks.length).toBeLessThanOrEqual(8)
        for (const { value, text } of scale.ticks) {
          expect(Number.isFinite(value)).toBe(true)
          expect(text.length).toBeLessThanOrEqual(24)
          expect(text).not.toMatch(/NaN|Infinity/)
        }
        const sorted = scale.ticks.map(({ value }) => value)
        expect(sorted).toEqual(sorted.toSorted((a, b) => a - b))
        for (const value of values) {
          const share = shareOf(scale, value)
          expect(share >= 0 && share <= 1).toBe(true)
        }
      }),
      { numRuns: 2_000, seed: 7 },
    )
  })
})

describe('a curve in so many pieces', () => {
  test('what was not heard again still holds, and before the first there is nothing', () => {
    const points = [
      { at: 30, value: 1 },
      { at: 60, value: 4 },
    ]
    expect(sampled(points, 0, 100, 10)).toEqual([null, null, null, 1, 1, 1, 4, 4, 4, 4])
  })
  test('a peak between two pieces is not lost, and holds no longer than it did', () => {
    const points = Array.from({ length: 1_000 }, (_, at) => ({ at, value: at === 555 ? 90 : 1 }))
    const samples = sampled(points, 0, 999, 10)
    expect(samples).toEqual([1, 1, 1, 1, 1, 90, 1, 1, 1, 1])
  })
  test('one point is everywhere', () => {
    expect(sampled([{ at: 5, value: 2 }], 5, 5, 3)).toEqual([null, null, 2])
  })
})

test.each([
  [0, '0'],
  [-0.079_891, '-0.07989'],
  [99.999_9, '100'],
  [100_134.038, '100,134.04'],
  [1e18, '1.000e+18'],
])('%d is read as %s', (value, text) => {
  expect(figure(value)).toBe(text)
})
