import type { z } from 'zod'
import { Timeframe } from '../../src/contracts/market.ts'
import type { ClosedBar } from './aggregate.ts'

export { z } from 'zod'
export type { ClosedBar } from './aggregate.ts'
export { atr } from './indicators/atr.ts'
export { ema } from './indicators/ema.ts'
export { highest } from './indicators/highest.ts'
export type { Indicator } from './indicators/indicator.ts'
export { lowest } from './indicators/lowest.ts'
export { meanRange } from './indicators/mean-range.ts'
export { sma } from './indicators/sma.ts'
export { trueRange } from './indicators/true-range.ts'
export { wilder } from './indicators/wilder.ts'
export { squash } from './squash.ts'

/** Most bars of its own that a strategy may ask to warm up on. */
export const WARMUP_MAX = 20_000
/** Most values that one signal may carry. */
export const VALUES_MAX = 32

const STRATEGY_ID = /^[a-z0-9][a-z0-9-]{0,39}$/
/** Tells a strategy from any other object, also across two copies of this module. */
export const STRATEGY_KIND = 'aegis-strategy/1'

/** What a strategy knows when it begins on one symbol. */
export type Setup<Params> = {
  readonly symbol: string
  readonly timeframe: string
  readonly timeframeMs: number
  readonly params: Params
}

type Told = {
  /** How sure the strategy is, 0 to 1: make it a formula, since a constant says nothing. */
  readonly confidence: number
  /** A sentence for the person who asks why; at most 200 characters. */
  readonly reason: string
  /** The numbers it saw, by name. They are stored with the signal and shown by `why`. */
  readonly values?: Readonly<Record<string, number>>
}

/** A signal as a strategy wishes it; symbol, price, time and id are added by the brain. */
export type Wish =
  | (Told & {
      readonly side: 'long' | 'short'
      /** Price that ends the trade as a loss: below the close for a long, above it for a short. `null` trades without one, knowingly. */
      readonly stop: number | null
      /** Price that ends it as a win, on the other side of the close. */
      readonly target?: number | null
    })
  /** Close what is open. */
  | (Told & { readonly side: 'flat' })

/** What `onBar` may use beside the bar. The same object every time: keep nothing of it but `state`. */
export type Context<Params, State> = Setup<Params> & {
  /** What `create` made for this symbol. */
  readonly state: State
  /** An earlier bar of this timeframe, 1 being the one before; null where the brain has not read so far back. At most 499. */
  readonly past: (ago: number) => ClosedBar | null
  /** Makes at most one signal for this bar. While the strategy warms up it is checked and then dropped. */
  readonly emit: (wish: Wish) => void
}

export type StrategySpec<Schema extends z.ZodObject, State> = {
  /** The name of its file without the ending; 1 to 40 of a-z 0-9 -. */
  readonly id: string
  /** A zod object with a default for everything; `strictObject` catches a mistyped name in the settings. */
  readonly params: Schema
  /** Timeframe where the settings name none: `15m`, `1h`, `1d`. A multiple of the feed's own bars. */
  readonly timeframe: string
  /** How many closed bars of its own, the current one included, it needs before its first signal. */
  readonly warmup: number | ((params: z.output<Schema>) => number)
  /** Makes the state for one symbol: its indicators and whatever else it remembers. */
  readonly create?: (setup: Setup<z.output<Schema>>) => State
  /** Called on every closed bar of its timeframe, also while it warms up. Synchronous. */
  readonly onBar: (bar: ClosedBar, context: Context<z.output<Schema>, State>) => void
}

/** A strategy with its types erased, as the brain holds many of them. */
export type Strategy = {
  readonly kind: typeof STRATEGY_KIND
  readonly id: string
  readonly params: z.ZodObject
  readonly timeframe: string
  readonly warmup: (params: never) => number
  readonly create: (setup: Setup<never>) => unknown
  readonly onBar: (bar: ClosedBar, context: Context<never, never>) => void
}

/**
 * Defines a strategy. In a file `<instance>/strategies/<id>.ts` it is the default export and needs no build and no other import:
 *
 * ```ts
 * import { defineStrategy, meanRange, sma, z } from 'aegis-console/strategy'
 *
 * export default defineStrategy({
 *   id: 'above-average',
 *   params: z.strictObject({ length: z.int().min(2).default(50) }),
 *   timeframe: '1h',
 *   warmup: ({ length }) => length,
 *   create: ({ params }) => ({ average: sma(params.length), range: meanRange(14), above: false }),
 *   onBar(bar, { state, emit }) {
 *     const average = state.average.push(bar.close)
 *     const range = state.range.push(bar)
 *     if (average === null || range === null || range === 0) return
 *     const above = bar.close > average
 *     if (above && !state.above) {
 *       const distance = (bar.close - average) / range
 *       emit({ side: 'long', stop: bar.close - 2 * range, confidence: distance / (1 + distance), reason: 'closed above its average', values: { average, range } })
 *     }
 *     state.above = above
 *   },
 * })
 * ```
 *
 * `create` stands before `onBar`, so that TypeScript knows the type of `state` there. It runs once for each symbol.
 *
 * A strategy has no clock and no chance of its own: the same bars must give the same signals, or `replay --verify` reports it.
 * Remember what you need in `state`; module variables are shared between symbols. After a restart the brain reads at least
 * `warmup` bars again (and up to 500 where that is cheap), so whatever a signal hangs on should fit into `warmup`.
 *
 * What throws is stopped alone, with file and line, until the brain starts again. An endless loop cannot be stopped alone: the
 * supervisor sees that the brain does no work, kills it and starts it again; where the same bar hangs it again, the
 * restart-storm latch ends that in SAFE, in which positions are still managed and nothing is entered.
 * Code here runs with the rights of the engine; run only what you have read.
 */
export const defineStrategy = <Schema extends z.ZodObject, State = undefined>(spec: StrategySpec<Schema, State>): Strategy => {
  const wrong = problemOf(spec)
  if (wrong !== null) throw new TypeError(`defineStrategy: ${wrong}`)
  const { warmup, create } = spec
  return Object.freeze({
    kind: STRATEGY_KIND,
    id: spec.id,
    params: spec.params,
    timeframe: spec.timeframe,
    warmup: typeof warmup === 'function' ? warmup : () => warmup,
    create: create ?? (() => undefined),
    onBar: spec.onBar,
  })
}

/** For users who write JavaScript: everything that the types would have said. */
const problemOf = (value: unknown): string | null => {
  if (typeof value !== 'object' || value === null) return 'takes one object'
  const spec: Partial<Record<keyof StrategySpec<z.ZodObject, unknown>, unknown>> = value
  if (typeof spec.id !== 'string' || !STRATEGY_ID.test(spec.id)) return 'id is 1 to 40 of a-z 0-9 -'
  if (!isSchema(spec.params)) return 'params is a zod object such as z.strictObject({ length: z.int().default(20) })'
  if (!Timeframe.safeParse(spec.timeframe).success) return 'timeframe is a number and ms, s, m, h or d, such as 1h'
  if (typeof spec.warmup !== 'function' && typeof spec.warmup !== 'number')
    return 'warmup is a number of bars, or a function of the params that gives one'
  if (spec.create !== undefined && typeof spec.create !== 'function') return 'create is a function that returns the state of one symbol'
  if (typeof spec.onBar !== 'function') return 'onBar is a function of the bar and the context'
  return null
}

const isSchema = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return false
  return 'safeParse' in value && typeof value.safeParse === 'function' && 'shape' in value && typeof value.shape === 'object'
}

/** Whether this is what `defineStrategy` returns, from whichever copy of this module. */
export const isStrategy = (value: unknown): value is Strategy =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === STRATEGY_KIND && problemOf(value) === null
