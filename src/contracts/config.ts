import { z } from 'zod'
import { InstrumentSpec, Timeframe } from './market.ts'
import { Mode, SymbolName } from './names.ts'
import { RuleSettings } from './rules.ts'

const Bps = z.number().min(0).max(1_000)

/** Two decimals for what trades in dollars, more for what trades in cents; add your own in `instruments`. */
const CATALOGUE: z.input<typeof InstrumentSpec>[] = [
  { symbol: 'BTCUSD', tick: '0.01', lot: '0.00000001', minNotional: '5' },
  { symbol: 'ETHUSD', tick: '0.01', lot: '0.00000001', minNotional: '5' },
  { symbol: 'SOLUSD', tick: '0.001', lot: '0.000001', minNotional: '5' },
  { symbol: 'LTCUSD', tick: '0.01', lot: '0.00000001', minNotional: '5' },
  { symbol: 'XRPUSD', tick: '0.0001', lot: '0.000001', minNotional: '5' },
  { symbol: 'EOSUSD', tick: '0.0001', lot: '0.000001', minNotional: '5' },
  { symbol: 'IOTUSD', tick: '0.0001', lot: '0.000001', minNotional: '5' },
  { symbol: 'NEOUSD', tick: '0.001', lot: '0.000001', minNotional: '5' },
  { symbol: 'BTCUSDT', tick: '0.01', lot: '0.00000001', minNotional: '5' },
]

export const SimulatedFeed = z.strictObject({
  kind: z.literal('simulated'),
  seed: z.int().nonnegative().default(1),
  /** Length of a bar and the pace at which bars come. */
  timeframe: Timeframe.default('1s'),
  symbols: z.array(SymbolName).min(1).max(64).default(['BTCUSD', 'ETHUSD', 'SOLUSD']),
})

export const ReplayFeed = z.strictObject({
  kind: z.literal('replay'),
  /** CSV with a header of `t,open,high,low,close,volume`, plain or gzip. */
  file: z.string().min(1),
  /** How many times faster than the data's own time, or `max`: as fast as the engine takes it. */
  speed: z.union([z.number().positive().max(1_000_000_000), z.literal('max')]).default('max'),
  /** Found in the file's name where it is not given. */
  symbol: SymbolName.optional(),
  /** Found in the file's name or in the distance of its rows where it is not given. */
  timeframe: Timeframe.optional(),
})

export const StrategySetting = z.strictObject({
  /** Name of a built-in strategy or of a file in `<instance>/strategies/`. */
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'a strategy id is 1 to 40 of a-z 0-9 -'),
  timeframe: Timeframe.optional(),
  symbols: z.array(SymbolName).optional(),
  params: z.record(z.string(), z.unknown()).default({}),
})
export type StrategySetting = z.infer<typeof StrategySetting>

export const Config = z.strictObject({
  $schema: z.string().optional(),
  mode: Mode.default('simulate'),
  venue: z.literal('paper').default('paper'),
  /** Account at the venue; the paper venue's default is the instance's path. The singleton lock is held on venue and account. */
  account: z.string().min(1).max(200).optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3,5}$/)
    .default('USD'),
  feed: z.discriminatedUnion('kind', [SimulatedFeed, ReplayFeed]).default(SimulatedFeed.parse({ kind: 'simulated' })),
  instruments: z.array(InstrumentSpec).default(CATALOGUE.map((spec) => InstrumentSpec.parse(spec))),
  /** Left out: the built-in strategies on timeframes that fit the feed. An empty list trades nothing. */
  strategies: z.array(StrategySetting).optional(),
  ...RuleSettings,
  paper: z
    .strictObject({
      startingCash: z
        .string()
        .regex(/^\d{1,12}(?:\.\d{1,6})?$/, 'an amount in quotes, such as "100000"')
        .default('100000'),
      feeBps: Bps.default(5),
      /** Full width of the spread; half of it is paid on each side. */
      spreadBps: Bps.default(2),
      slippageBps: Bps.default(1),
      /** Chance that a fill takes only part of what is left. */
      partialFillChance: z.number().min(0).max(1).default(0.1),
      seed: z.int().nonnegative().default(1),
    })
    .prefault({}),
  supervisor: z
    .strictObject({
      drainMsMax: z.int().min(100).max(600_000).default(10_000),
      restartsMax: z.int().min(0).max(100).default(3),
      restartWindowMs: z.int().min(1_000).max(3_600_000).default(60_000),
      /** A stuck child is killed and restarted after so long. */
      stuckKillMs: z.int().min(3_000).max(600_000).default(10_000),
      onChildDeath: z.enum(['restart', 'exit']).default('restart'),
    })
    .prefault({}),
  logs: z
    .strictObject({
      level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
      rotateBytes: z.int().min(65_536).max(1_073_741_824).default(10_485_760),
      keep: z.int().min(1).max(100).default(5),
    })
    .prefault({}),
})
export type Config = z.infer<typeof Config>
export type FeedConfig = Config['feed']
