import { assert } from '../../src/assert.ts'
import type { Instrument } from '../../src/contracts/market.ts'
import { MONEY_SCALE, type Money, money, type Price, price, type Quantity, quantity } from '../../src/units.ts'

/** Which way a remainder goes. Prices, costs and sizes are always rounded against us, so the word stands at every call. */
export type Rounding = 'down' | 'up'

/** `value × numerator ÷ denominator` exactly, whatever the size of the product. Not negative. */
export const mulDiv = (value: number, factor: number, numerator: number, denominator: number, rounding: Rounding): number => {
  const product = value * factor * numerator
  if (product <= Number.MAX_SAFE_INTEGER) {
    const whole = Math.floor(product / denominator)
    // The quotient of two safe integers may be rounded up to a whole number by the division itself; the remainder decides.
    const floor = whole * denominator > product ? whole - 1 : whole
    return rounding === 'up' && floor * denominator < product ? floor + 1 : floor
  }
  const big = BigInt(value) * BigInt(factor) * BigInt(numerator)
  const divisor = BigInt(denominator)
  const floor = big / divisor
  const result = Number(rounding === 'up' && floor * divisor < big ? floor + 1n : floor)
  assert(Number.isSafeInteger(result), `amount leaves the safe range: ${value} × ${factor}`)
  return result
}

/** A decimal text as an integer and how many decimals it had: `0.05` is 5 and 2. */
const decimal = (text: string): { readonly digits: number; readonly decimals: number } => {
  const [whole = '0', fraction = ''] = text.split('.')
  return { digits: Number(`${whole}${fraction}`), decimals: fraction.length }
}

/** An instrument with its increments worked out once: all conversions between decimals and integers go through it. */
export type Scale = {
  readonly id: number
  readonly symbol: string
  /** Size of a tick and of a lot as numbers, for indicators and statistics only. */
  readonly tick: number
  readonly lot: number
  readonly tickDigits: number
  readonly tickDecimals: number
  readonly lotDigits: number
  readonly lotDecimals: number
  /** money = price × quantity × `valueNumerator` ÷ `valueDenominator` */
  readonly valueNumerator: number
  readonly valueDenominator: number
  readonly minNotional: Money
}

const MONEY_DECIMALS = Math.log10(MONEY_SCALE)

export const scaleOf = (instrument: Instrument): Scale => {
  const tick = decimal(instrument.tick)
  const lot = decimal(instrument.lot)
  assert(tick.digits > 0 && lot.digits > 0, `${instrument.symbol}: tick and lot are above zero`)
  const exponent = MONEY_DECIMALS - tick.decimals - lot.decimals
  return {
    id: instrument.id,
    symbol: instrument.symbol,
    tick: Number(instrument.tick),
    lot: Number(instrument.lot),
    tickDigits: tick.digits,
    tickDecimals: tick.decimals,
    lotDigits: lot.digits,
    lotDecimals: lot.decimals,
    valueNumerator: tick.digits * lot.digits * (exponent > 0 ? 10 ** exponent : 1),
    valueDenominator: exponent < 0 ? 10 ** -exponent : 1,
    minNotional: moneyFrom(instrument.minNotional),
  }
}

/** A decimal amount as money; more than six decimals are refused. */
export const moneyFrom = (text: string): Money => {
  const { digits, decimals } = decimal(text)
  assert(decimals <= MONEY_DECIMALS, `${text} has more than ${MONEY_DECIMALS} decimals`)
  return money(digits * 10 ** (MONEY_DECIMALS - decimals))
}

/** Value of a quantity at a price. A purchase rounds up and a sale down: against us. */
export const notional = (scale: Scale, at: Price, lots: Quantity, rounding: Rounding): Money =>
  mulDiv(at, lots, scale.valueNumerator, scale.valueDenominator, rounding) as Money

/** `amount × bps ÷ 10,000`, rounded up: what a fee costs. The rate may have four decimals. */
export const feeOf = (amount: Money, bps: number): Money => mulDiv(amount, Math.round(bps * 10_000), 1, 100_000_000, 'up') as Money

/** The nearest tick, for marks. Half a tick goes up; a mark is an estimate and not a trade. */
export const nearestPrice = (scale: Scale, value: number): Price => price(Math.max(1, Math.round(value / scale.tick)))

/** The tick at or above (`up`) or at or below (`down`) a value. The tiny shift takes back what binary fractions add: 0.3 / 0.1 is 3. */
export const priceFrom = (scale: Scale, value: number, rounding: Rounding): Price => {
  const ticks = value / scale.tick
  const slack = Math.abs(ticks) * 1e-12
  return price(Math.max(1, rounding === 'up' ? Math.ceil(ticks - slack) : Math.floor(ticks + slack)))
}

/** Most lots whose value at a price stays within an amount, as far as lots can be counted exactly. */
export const lotsFor = (scale: Scale, amount: Money, at: Price): Quantity => {
  if (amount <= 0) return quantity(0)
  const lots = (BigInt(amount) * BigInt(scale.valueDenominator)) / (BigInt(at) * BigInt(scale.valueNumerator))
  return quantity(lots > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(lots))
}

const fixed = (units: number, decimals: number): string => {
  const sign = units < 0 ? '-' : ''
  const digits = Math.abs(units)
    .toString()
    .padStart(decimals + 1, '0')
  return decimals === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

/** Decimal texts for people and records; exact. */
export const priceText = (scale: Scale, ticks: number): string => fixed(ticks * scale.tickDigits, scale.tickDecimals)
export const quantityText = (scale: Scale, lots: number): string => fixed(lots * scale.lotDigits, scale.lotDecimals)
export const moneyText = (amount: number): string => fixed(amount, MONEY_DECIMALS)
