import type { Config } from '../../src/contracts/config.ts'
import type { Scale } from './money.ts'

/** What the core needs to know of the settings; fixed for the life of a process and stamped by the config's hash. */
export type Rules = {
  /** By instrument id. */
  readonly scales: readonly Scale[]
  readonly risk: Config['risk']
  /** What one side of a trade is expected to cost beyond the mark, in basis points: half the spread and slippage. */
  readonly costBps: number
  readonly feeBps: number
}

export const scaleBySymbol = (rules: Rules, symbol: string): Scale | null => rules.scales.find((scale) => scale.symbol === symbol) ?? null
