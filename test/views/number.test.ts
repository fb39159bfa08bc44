import { describe, expect, test } from 'vitest'
import { amount, digits, measured, percent, reading, signed, unitOf } from '../../tui/present/number.ts'

describe('figures', () => {
  test.each([
    [null, 'unknown'],
    ['0', '0.00'],
    ['1234567.891', '1,234,567.89'],
    ['-0.5', '-0.50'],
    ['12345678901234567', '12345678901234567'],
    ['n/a', 'n/a'],
  ])('an amount of %s is %s', (text, shown) => expect(amount(text)).toBe(shown))

  test('a quantity keeps its own digits and loses the zeros behind them', () => {
    expect([digits('0.36800000'), digits('100'), digits('13585.70'), digits(null)]).toEqual(['0.368', '100', '13585.7', 'unknown'])
  })

  test('a result has its sign, and nothing has none', () => {
    expect([signed('9.674'), signed('-9.674'), signed('0'), signed(null)]).toEqual(['+9.67', '-9.67', '0.00', 'unknown'])
    expect([percent(0.0177), percent(-0.2), percent(0), percent(null)]).toEqual(['+1.77%', '-20.00%', '0.00%', 'unknown'])
  })

  test('a result too small to be seen has no sign, for it is shown as nothing', () => {
    expect([amount('-0.001'), signed('-0.001'), signed('0.001'), signed('-0.006')]).toEqual(['0.00', '0.00', '0.00', '-0.01'])
    expect([percent(-0.00001), percent(0.00001), percent(-0)]).toEqual(['0.00%', '0.00%', '0.00%'])
  })

  test('a reading of a share is a percentage whose unit need not say so; nothing read is no zero', () => {
    expect([measured(-0.0000123, 'ratio of equity'), measured(0.03, 'share'), measured(null, 'ratio'), measured(0.0123456, 'correlation')]).toEqual([
      '-0.001%',
      '3%',
      '-',
      '0.01235',
    ])
    expect([unitOf('ratio of equity'), unitOf('share'), unitOf('minutes'), unitOf('rations')]).toEqual(['of equity', '', 'minutes', 'rations'])
    expect([reading(120_000), reading('FLAT'), reading(null)]).toEqual(['120,000', 'FLAT', '-'])
  })
})
