/**
 * Numbers that must not mix. The brand exists at compile time only; at run time each is a plain number.
 * Price, Quantity and Money are integers counted in increments, so that no amount of money is ever a fraction of a bit.
 */
declare const unit: unique symbol

type Branded<Name extends string> = number & { readonly [unit]: Name }

/** Price counted in ticks of its instrument. */
export type Price = Branded<'Price'>
/** Quantity counted in lots of its instrument; negative means short where a sign makes sense. */
export type Quantity = Branded<'Quantity'>
/** Amount of the account's currency counted in millionths. */
export type Money = Branded<'Money'>
/** A fraction: 0.05 is five per cent. */
export type Ratio = Branded<'Ratio'>
/** Milliseconds since 1970-01-01T00:00:00Z, or a length of time in milliseconds where the name ends in `Ms`. */
export type Millis = Branded<'Millis'>

/** How many `Money` units make one unit of the account's currency. */
export const MONEY_SCALE = 1_000_000

const integer = (value: number, what: string): number => {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${what} must be a safe integer, got ${value}`)
  return value
}

export const price = (ticks: number): Price => integer(ticks, 'price') as Price
export const quantity = (lots: number): Quantity => integer(lots, 'quantity') as Quantity
export const money = (millionths: number): Money => integer(millionths, 'money') as Money
export const millis = (value: number): Millis => value as Millis

export const ratio = (value: number): Ratio => {
  if (!Number.isFinite(value)) throw new RangeError(`ratio must be finite, got ${value}`)
  return value as Ratio
}
