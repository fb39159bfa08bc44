import { z } from 'zod'
import { SymbolName } from './names.ts'

/** The settings that the core decides by; `config show` prints what each is. */

const Bps = z.number().min(0).max(10_000)
const Share = z.number().positive().max(1)
const ShareOrMore = z.number().positive().max(100)
const Minutes = z.number().min(0).max(10_080)
const Amount = z.string().regex(/^\d{1,12}(?:\.\d{1,6})?$/, 'an amount in quotes, such as "100000"')
const Atrs = z.number().positive().max(100)

const section = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject(shape).prefault({} as never)

/** What one entry may be, and what the account may hold. */
export const RiskSettings = section({
  /** Share of equity that may be lost between entry and stop of one position. */
  riskFraction: Share.default(0.01),
  /** Share of equity that one new position takes at most, before the guard looks at it. */
  positionFraction: Share.default(0.05),
  /** Largest share of equity in one position; the guard's limit. */
  positionFractionMax: Share.default(0.05),
  positionsMax: z.int().positive().max(1_000).default(5),
  /** Oldest price an entry may be based on, in bars of the instrument's timeframe by the feed's clock. */
  dataAgeBarsMax: z.number().positive().max(100).default(2),
  allowShort: z.boolean().default(true),
  /** Position value × this ÷ its volatility (ATR as a share of price) scales down what moves more; 0 is off. */
  volatilityTarget: z.number().min(0).max(1).default(0),
  /** Entries this many ATR beyond the signal's own price get nothing, nearer ones in proportion, at least a quarter; 0 is off. */
  distanceAtrMax: z.number().min(0).max(100).default(6),
  /** A position as correlated as 1 with what is open is made smaller by this share; 0 is off. */
  correlationPenalty: z.number().min(0).max(1).default(0.5),
})

/** Each guard's own limits, under the guard's name. */
export const GuardSettings = section({
  marketHours: section({ /** Entries only while the instrument's exchange is in its regular session. */ enabled: z.boolean().default(true) }),
  entryDelay: section({ minutes: Minutes.default(20) }),
  settleDelay: section({ minutes: Minutes.default(0) }),
  sessionPhase: section({
    blocked: z.array(z.enum(['OPEN_NOISE', 'EARLY_TREND', 'NORMAL_SESSION', 'CLOSE_PROTECT'])).default(['OPEN_NOISE', 'CLOSE_PROTECT']),
  }),
  feedGap: section({ /** Bars without a gap that an instrument needs before an entry. */ bars: z.int().min(0).max(10_000).default(3) }),
  ringOverrun: section({ /** Bars since bars were last missed in the ring. */ bars: z.int().min(0).max(10_000).default(3) }),
  universe: section({
    /** Empty allows every configured instrument. */
    allow: z.array(SymbolName).max(10_000).default([]),
    deny: z.array(SymbolName).max(10_000).default([]),
  }),
  watchlist: section({ required: z.boolean().default(false), ageMinutesMax: Minutes.default(1_440) }),
  consumedEntries: section({
    /** Entries of one symbol in one exchange day; markets that never close count from midnight UTC. */
    limit: z.int().positive().max(100_000).default(1),
    continuousLimit: z.int().positive().max(100_000).default(48),
  }),
  cooldown: section({ /** After a position is closed, before its symbol is entered again. */ minutes: Minutes.default(0) }),
  grossExposure: section({ limit: ShareOrMore.default(0.6) }),
  symbolExposure: section({ limit: ShareOrMore.default(0.1) }),
  sectorExposure: section({ /** Positions in one sector. */ positions: z.int().positive().max(1_000).default(2) }),
  correlation: section({ limit: z.number().min(0).max(1).default(0.95) }),
  ordersPerDay: section({ limit: z.int().positive().max(1_000_000).default(50) }),
  spread: section({ limitBps: Bps.default(50) }),
  feeEdge: section({
    /** What the way to the target must leave after costs of both sides. */ edgeBps: z.number().min(-10_000).max(10_000).default(20),
  }),
  volatility: section({ /** ATR as a share of price. */ limit: Share.default(0.05) }),
  regime: section({
    /** Fall over 24 h that makes a market bearish, and move either way that makes it wild. */
    bearish: Share.default(0.05),
    wild: Share.default(0.1),
  }),
  confidence: section({ limit: z.number().min(0).max(1).default(0.6) }),
  timeframeAgreement: section({ /** Weighted share of 1h, 15m, 5m, 1m that point the signal's way. */ limit: z.number().min(0).max(1).default(0.6) }),
  riskPerShare: section({ /** Distance from entry to stop as a share of price. */ limit: Share.default(0.1) }),
  priceDrift: section({ /** From the signal's price to the price now. */ limit: Share.default(0.03) }),
  relativeVolume: section({ /** Volume of the last 20 bars against the last 400. */ limit: z.number().min(0).max(100).default(0.8) }),
  earnings: section({ /** Days before and after a known date. */ days: z.int().min(0).max(60).default(2) }),
  exchangeHealth: section({ /** Failed calls in a row. */ limit: z.int().positive().max(1_000).default(3) }),
})

const Rearm = z.enum(['person', 'cooldown'])
const breaker = <Shape extends z.ZodRawShape>(shape: Shape, rearm: z.infer<typeof Rearm>, cooldownMinutes: number) =>
  section({
    ...shape,
    /** `person` latches until somebody re-arms it with a reason; `cooldown` tries again by itself. */
    rearm: Rearm.default(rearm),
    cooldownMinutes: Minutes.default(cooldownMinutes),
  })

/** Each circuit breaker's own limit, under the breaker's name. */
export const BreakerSettings = section({
  /** Loss of the exchange day, realised and unrealised, as a share of the equity that the day began with. */
  dailyLoss: breaker({ limit: Share.default(0.03) }, 'person', 0),
  drawdown: breaker(
    { limit: Share.default(0.2), flatten: z.boolean().default(false), blockHours: z.number().min(0).max(720).default(12) },
    'person',
    0,
  ),
  consecutiveLosses: breaker({ limit: z.int().positive().max(1_000_000).default(3) }, 'person', 0),
  orderRejects: breaker(
    { limit: Share.default(0.07), minutes: Minutes.default(15), rejectsMin: z.int().positive().max(1_000).default(2) },
    'cooldown',
    15,
  ),
  apiErrors: breaker({ limit: z.int().positive().max(10_000).default(5), seconds: z.number().positive().max(86_400).default(60) }, 'cooldown', 5),
  apiErrorRate: breaker(
    { limit: Share.default(0.05), minutes: Minutes.default(15), callsMin: z.int().positive().max(100_000).default(40) },
    'cooldown',
    15,
  ),
  /** Share of rows that the firewall refused among the newest `rows`. */
  badData: breaker({ limit: Share.default(0.001), rows: z.int().min(100).max(1_000_000).default(10_000) }, 'person', 0),
  /** Bars without news from an instrument with an open position, or from all instruments. */
  staleFeed: breaker({ bars: z.number().positive().max(10_000).default(5) }, 'cooldown', 1),
  reconciliation: breaker({}, 'person', 0),
  restartStorm: breaker({}, 'person', 0),
  clockSkew: breaker(
    { skewMs: z.number().positive().max(3_600_000).default(500), jumpMs: z.number().positive().max(3_600_000).default(2_000) },
    'cooldown',
    5,
  ),
  ledgerTrouble: breaker({}, 'person', 0),
  /** A position without a working stop, or whose exit does not fill, for longer than this. */
  unprotected: breaker({ seconds: z.number().positive().max(86_400).default(300) }, 'person', 0),
})

export const StopBand = z.strictObject({
  /** From this age of the position on. */
  afterMinutes: Minutes,
  /** Distance of the trailing stop from the best price. */
  atr: Atrs,
})

export const TimeTier = z.strictObject({
  /** From this age on a position that has not earned at least `gain` (a share of its cost, may be negative) is closed; null closes any. */
  afterMinutes: Minutes,
  gain: z.number().min(-1).max(10).nullable(),
})

/** How a position is led out of the market. Distances in R are multiples of the distance from entry to the first stop. */
export const ExitSettings = section({
  /** A stop for signals that name none: ATR times this, else the share of the price. */
  stopAtr: Atrs.default(2),
  stopFraction: Share.default(0.02),
  /** Only the catastrophic stop and the target act on a position younger than this, so that one bar's noise does not end it. */
  armingSeconds: z.number().min(0).max(86_400).default(120),
  /** The stop goes to the entry price once this many R are earned; 0 is off. */
  breakEvenR: z.number().min(0).max(100).default(1),
  /** Part of the position that leaves at R1 and of the rest at R2; 0 is off. */
  partialFraction: z.number().min(0).max(0.9).default(0.5),
  partialR1: z.number().positive().max(100).default(1),
  partialR2: z.number().positive().max(100).default(2),
  /** Trailing stops, from the youngest band to the oldest; the first begins after R1 is earned. Empty is off. */
  trailing: z
    .array(StopBand)
    .max(20)
    .default([
      { afterMinutes: 0, atr: 3 },
      { afterMinutes: 120, atr: 4 },
      { afterMinutes: 240, atr: 5 },
    ]),
  /** A stop moves only where it gains at least this share of R: it bounds what is written. */
  ratchetStepR: z.number().min(0.01).max(10).default(0.25),
  timeTiers: z
    .array(TimeTier)
    .max(20)
    .default([
      { afterMinutes: 120, gain: -0.005 },
      { afterMinutes: 240, gain: 0.002 },
      { afterMinutes: 480, gain: 0.005 },
      { afterMinutes: 720, gain: null },
    ]),
  /** Minutes before the exchange closes at which positions are closed; 0 holds overnight. Markets that never close have no such time. */
  endOfDayMinutes: Minutes.default(5),
  /** Loss as a share of cost at which a position leaves whatever else holds. */
  catastrophicFraction: Share.default(0.2),
})

export const PHASES = ['experience', 'proof', 'trial', 'scaling'] as const
export const Phase = z.enum(PHASES)
export type Phase = z.infer<typeof Phase>

const gate = (sessions: number, trades: number, winRate: number, rewardToRisk: number, drawdown: number) =>
  section({
    sessions: z.int().min(0).max(100_000).default(sessions),
    trades: z.int().min(0).max(1_000_000).default(trades),
    winRate: z.number().min(0).max(1).default(winRate),
    rewardToRisk: z.number().min(0).max(100).default(rewardToRisk),
    drawdown: z.number().min(0).max(1).default(drawdown),
  })

/** What makes entries smaller or fewer without being a breaker. */
export const ControlSettings = section({
  emotional: section({
    /** One loss of this share of equity, or so many in a row, makes sizes smaller until so many wins in a row. */
    loss: Share.default(0.03),
    losses: z.int().positive().max(1_000_000).default(3),
    factor: Share.default(0.25),
    wins: z.int().positive().max(1_000).default(3),
  }),
  profitLock: section({
    /** Profit of the day, in the account's currency, from which on it is protected; 0 is off. */
    target: Amount.default('0'),
    /** Share of the day's best that may be given back before entries stop for the day. */
    giveBack: z.number().min(0.1).max(0.9).default(0.5),
  }),
  phases: section({
    /** Entries a day in the phase of proof. */
    proofTradesPerDay: z.int().positive().max(1_000).default(1),
    toProof: gate(20, 0, 0.6, 1.5, 1),
    toTrial: gate(30, 50, 0.65, 1.8, 1),
    toScaling: gate(60, 100, 0.7, 2, 0.05),
  }),
  degradation: section({
    /** What sizes are multiplied by on the steps `cached` and `baseline`. */
    factor: Share.default(0.5),
  }),
})

/** Longest stay of a signal in each open state, and from when on it counts as stuck. */
export const SignalSettings = section({
  evaluatingSeconds: z.number().positive().max(86_400).default(60),
  approvedSeconds: z.number().positive().max(86_400).default(60),
  executingMinutes: Minutes.default(120),
  /** A position may be held for long; a shadow trade ends by its own rules. */
  executedDays: z.number().positive().max(3_650).default(30),
  blockedDays: z.number().positive().max(3_650).default(30),
})

export const ShadowSettings = section({
  /** `strategy`: the stops, targets and exit rules of the real path; `fixed`: 4 h, +2 %, −1.5 %. */
  profile: z.enum(['strategy', 'fixed']).default('strategy'),
  holdMinutes: Minutes.default(240),
  target: Share.default(0.02),
  stop: Share.default(0.015),
  /** Value of a shadow trade whose signal had no size of its own. */
  notional: Amount.default('1000'),
  /** Shadow trades open at once; one more is counted and not opened. */
  openMax: z.int().positive().max(100_000).default(2_000),
})

export const RuleSettings = {
  risk: RiskSettings,
  guards: GuardSettings,
  breakers: BreakerSettings,
  exits: ExitSettings,
  controls: ControlSettings,
  signals: SignalSettings,
  shadow: ShadowSettings,
}
