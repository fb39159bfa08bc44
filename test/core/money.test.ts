import fc from 'fast-check'
import { expect, test } from 'vitest'
import { feeOf, lotsFor, moneyFrom, moneyText, mulDiv, notional, priceFrom, priceText, quantityText, scaleOf } from '../../engine/core/money.ts'
import type { Money, Price, Quantity } from '../../src/units.ts'

const btc = scaleOf({ id: 0, symbol: 'BTCUSD', tick: '0.01', lot: '0.00000001', minNotional: '5', calendar: '24x7', sector: null })
const coarse = scaleOf({ id: 1, symbol: 'ES', tick: '0.25', lot: '1', minNotional: '0', calendar: '24x7', sector: null })
const safe = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })

test('mulDiv agrees with exact arithmetic for any size that fits, rounded the way it says', () => {
  fc.assert(
    fc.property(
      safe,
      fc.integer({ min: 0, max: 1_000_000 }),
      fc.integer({ min: 1, max: 1_000 }),
      fc.integer({ min: 1, max: 1_000_000_000 }),
      (value, factor, numerator, denominator) => {
        const product = BigInt(value) * BigInt(factor) * BigInt(numerator)
        const floor = product / BigInt(denominator)
        const ceil = floor * BigInt(denominator) < product ? floor + 1n : floor
        fc.pre(ceil <= BigInt(Number.MAX_SAFE_INTEGER))
        expect(BigInt(mulDiv(value, factor, numerator, denominator, 'down'))).toBe(floor)
        expect(BigInt(mulDiv(value, factor, numerator, denominator, 'up'))).toBe(ceil)
      },
    ),
    { numRuns: 5_000 },
  )
})

test('an amount that leaves the safe range is a broken invariant, never a wrong number', () => {
  expect(() => mulDiv(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 1, 1, 'down')).toThrow(/safe range/)
})

test('0.35 BTC at 13,753.00 is 4,813.55 dollars, and a remainder goes against us', () => {
  expect(moneyText(notional(btc, 1_375_300 as Price, 35_000_000 as Quantity, 'up'))).toBe('4813.550000')
  expect(notional(btc, 1 as Price, 1 as Quantity, 'down')).toBe(0)
  expect(notional(btc, 1 as Price, 1 as Quantity, 'up')).toBe(1)
})

test('ticks that are no power of ten keep their size', () => {
  expect(priceText(coarse, 17_001)).toBe('4250.25')
  expect(notional(coarse, 17_001 as Price, 2 as Quantity, 'up')).toBe(8_500_500_000)
  expect(priceFrom(coarse, 4250.26, 'up')).toBe(17_002)
  expect(priceFrom(coarse, 4250.26, 'down')).toBe(17_001)
})

test('lotsFor buys the most that an amount pays for', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000_000_000 }), fc.integer({ min: 1, max: 10_000_000 }), (amount, ticks) => {
      const lots = lotsFor(btc, amount as Money, ticks as Price)
      expect(notional(btc, ticks as Price, lots, 'up')).toBeLessThanOrEqual(amount)
      if (lots < Number.MAX_SAFE_INTEGER) expect(notional(btc, ticks as Price, (lots + 1) as Quantity, 'up')).toBeGreaterThanOrEqual(amount)
    }),
  )
})

test('more lots than can be counted are as many as can be counted: a size never ends the process', () => {
  expect(lotsFor(btc, 900_719_925_475_000 as Money, 1 as Price)).toBe(Number.MAX_SAFE_INTEGER)
})

test('a fee is rounded up to the millionth', () => {
  expect(feeOf(moneyFrom('100'), 5)).toBe(50_000)
  expect(feeOf(1 as Money, 5)).toBe(1)
  expect(feeOf(0 as Money, 5)).toBe(0)
})

test.each([
  [-5, '-0.000005'],
  [1_500_000, '1.500000'],
  [0, '0.000000'],
])('money %i reads %s', (amount, text) => {
  expect(moneyText(amount)).toBe(text)
})

test('quantities read in units of the instrument', () => {
  expect(quantityText(btc, 35_000_000)).toBe('0.35000000')
  expect(quantityText(coarse, 3)).toBe('3')
})
