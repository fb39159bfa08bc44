import type { Config } from '../../src/contracts/config.ts'
import type { CalendarName } from '../../src/exchange-calendar.ts'
import type { Scale } from './money.ts'

/** What an instrument's days and neighbours are, in the order of instrument ids. */
export type Traits = { readonly symbol: string; readonly calendar: CalendarName; readonly sector: string | null }

/** What the core needs to know of the settings; an input of the ledger, so a replay decides each stretch under the rules of its time. */
export type Rules = {
  /** By instrument id. */
  readonly scales: readonly Scale[]
  readonly traits: readonly Traits[]
  /** Calendar of the days that daily limits count in: the instruments' own where they share one, else UTC days. */
  readonly accountCalendar: CalendarName
  readonly risk: Config['risk']
  readonly guards: Config['guards']
  readonly breakers: Config['breakers']
  readonly exits: Config['exits']
  readonly controls: Config['controls']
  readonly signals: Config['signals']
  readonly shadow: Config['shadow']
  /** What one side of a trade is expected to cost beyond the mark, in basis points: half the spread and slippage. */
  readonly costBps: number
  readonly feeBps: number
  /** How our own venue draws what it fills: not decided by, but a ledger that is decided again under other rules is filled by it. */
  readonly fills: Pick<Config['paper'], 'partialFillChance' | 'seed'>
}

/** Rules as an input carries them: scales come from the instruments, which a ledger never changes. */
export type RecordedRules = Omit<Rules, 'scales'>

export const traitsOf = (rules: Rules, symbol: string): Traits =>
  rules.traits.find((traits) => traits.symbol === symbol) ?? { symbol, calendar: '24x7', sector: null }

/** The rules of a configuration. */
export const rulesFrom = (
  config: Pick<Config, 'risk' | 'guards' | 'breakers' | 'exits' | 'controls' | 'signals' | 'shadow' | 'paper'>,
  instruments: readonly (Traits & { readonly id: number })[],
  scales: readonly Scale[],
): Rules => {
  const traits = instruments.map(({ symbol, calendar, sector }) => ({ symbol, calendar, sector }))
  const [first] = traits
  const { risk, guards, breakers, exits, controls, signals, shadow, paper } = config
  return {
    scales,
    traits,
    accountCalendar: first !== undefined && traits.every(({ calendar }) => calendar === first.calendar) ? first.calendar : '24x7',
    risk,
    guards,
    breakers,
    exits,
    controls,
    signals,
    shadow,
    costBps: paper.spreadBps / 2 + paper.slippageBps,
    feeBps: paper.feeBps,
    fills: { partialFillChance: paper.partialFillChance, seed: paper.seed },
  }
}
