import type { Instrument } from '../../src/contracts/market.ts'
import { hash32, type Random, seeded } from '../../src/random.ts'
import { FIELD } from './firewall.ts'

/** Where a symbol starts on an empty tape; others get a price from their name. */
const START_PRICES: Readonly<Record<string, number>> = {
  BTCUSD: 64_000,
  BTCUSDT: 64_000,
  ETHUSD: 3_200,
  SOLUSD: 150,
  LTCUSD: 85,
  XRPUSD: 0.6,
  EOSUSD: 0.8,
  IOTUSD: 0.25,
  NEOUSD: 12,
}
const OTHER_PRICE_MIN = 10
const OTHER_PRICE_DECADES = 2

/** Value that changes hands in one bar of a quiet market, in the account's currency. */
const QUIET_TURNOVER = 40_000
const TURNOVER_SPREAD = 0.8

type Regime = {
  readonly name: string
  /** Standard deviation of one bar's return. */
  readonly volatility: number
  /** Expected return of one bar in units of that deviation. */
  readonly drift: number
  /** How many times the quiet turnover. */
  readonly turnover: number
  /** Chance that the next bar is in another regime. */
  readonly leave: number
}

/** Typical stays of 100 to 400 bars, so that trends are long enough to be followed and to end badly. */
export const REGIMES: readonly Regime[] = [
  { name: 'calm', volatility: 0.000_3, drift: 0, turnover: 1, leave: 1 / 300 },
  { name: 'rising', volatility: 0.000_5, drift: 0.12, turnover: 1.6, leave: 1 / 250 },
  { name: 'falling', volatility: 0.000_6, drift: -0.14, turnover: 1.9, leave: 1 / 220 },
  { name: 'turbulent', volatility: 0.001_5, drift: 0, turnover: 3.5, leave: 1 / 100 },
]
/** Every so many bars the chain is dealt anew, so that any bar's regime is found from its number alone. */
const REGIME_BLOCK = 512

/** Chance that a bar is missing, as at a venue that had nothing to tell. */
const GAP_CHANCE = 1 / 500
/** Prices are drawn back to where they started, so that a year of bars ends at a price and not at zero or a billion. */
const PULL = 0.000_02
/** Steps inside a bar; its high and low come from them. */
const STEPS = 4

export type SimulatedInstrument = {
  readonly startPrice: number
  /**
   * Writes the bar with this number (its time divided by the timeframe) after a close into `values`. @returns false where the bar is
   * missing. The same seed, symbol, number and close give the same bar, whoever asks and whatever came before.
   */
  readonly bar: (number: number, lastClose: number, values: Float64Array) => boolean
  /** Name of the regime of a bar. */
  readonly regime: (number: number) => string
}

const decimalsOf = (tick: string): number => tick.split('.')[1]?.length ?? 0

/**
 * A price on the instrument's ticks and never below one of them, as close to a decimal number as a double comes. `part` is what a
 * fraction of a tick must reach to be rounded up: one half, or chance, so that many small moves of a coarse price are not lost.
 */
const toTick = (price: number, tick: number, decimals: number, part = 0.5): number =>
  Number((Math.max(1, Math.floor(price / tick + 1 - part)) * tick).toFixed(decimals))

const startPriceOf = (symbol: string): number =>
  START_PRICES[symbol] ?? OTHER_PRICE_MIN * 10 ** ((hash32(symbol) / 4_294_967_296) * OTHER_PRICE_DECADES)

const another = (regime: number, random: Random): number => (regime + 1 + Math.floor(random.next() * (REGIMES.length - 1))) % REGIMES.length

/** One instrument of the simulated market. `timeframeMs` only numbers the bars: a bar's unrest is the same at every length. */
export const simulatedInstrument = (
  seed: number,
  { symbol, tick: tickText }: Pick<Instrument, 'symbol' | 'tick'>,
  timeframeMs: number,
): SimulatedInstrument => {
  const tick = Number(tickText)
  const decimals = decimalsOf(tickText)
  const startPrice = toTick(startPriceOf(symbol), tick, decimals)
  const base = hash32(`${seed} ${symbol}`)
  const chance = (what: string, number: number): Random => seeded(hash32(`${base} ${what} ${number}`))

  // The chain up to the last bar asked for; bars are asked for in order, so a block is walked through once.
  let knownBlock = -1
  let knownNumber = -1
  let known = 0
  const regimeOf = (number: number): number => {
    const block = Math.floor(number / REGIME_BLOCK)
    if (block !== knownBlock || number < knownNumber) {
      knownBlock = block
      knownNumber = block * REGIME_BLOCK
      known = Math.floor(chance('regime', knownNumber).next() * REGIMES.length)
    }
    while (knownNumber < number) {
      knownNumber += 1
      const random = chance('regime', knownNumber)
      if (random.next() < (REGIMES[known] as Regime).leave) known = another(known, random)
    }
    return known
  }

  return {
    startPrice,
    regime: (number) => (REGIMES[regimeOf(number)] as Regime).name,
    bar: (number, lastClose, values) => {
      const random = chance('bar', number)
      if (random.next() < GAP_CHANCE) return false
      const { volatility, drift, turnover } = REGIMES[regimeOf(number)] as Regime
      const pull = -PULL * Math.log(lastClose / startPrice)
      const mean = (drift * volatility + pull) / STEPS
      const deviation = volatility / Math.sqrt(STEPS)
      let price = lastClose
      let high = lastClose
      let low = lastClose
      for (let step = 0; step < STEPS; step += 1) {
        price = toTick(price * Math.exp(mean + deviation * random.normal()), tick, decimals, 1 - random.next())
        high = Math.max(high, price)
        low = Math.min(low, price)
      }
      values[FIELD.time] = number * timeframeMs
      values[FIELD.open] = lastClose
      values[FIELD.high] = high
      values[FIELD.low] = low
      values[FIELD.close] = price
      values[FIELD.volume] = Number(((QUIET_TURNOVER * turnover * Math.exp(TURNOVER_SPREAD * random.normal())) / price).toFixed(8))
      return true
    },
  }
}
