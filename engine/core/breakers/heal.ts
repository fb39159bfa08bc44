import { BREAKERS, BreakerRecord, DEGRADATION } from '../../../src/contracts/breaker.ts'
import { PHASES } from '../../../src/contracts/rules.ts'
import { watchAtOf } from '../apply-risk.ts'
import { emptyRisk, type RiskState, type State } from '../state.ts'

const UNREADABLE = 'its state could not be read'

/**
 * A checkpoint's state with everything in it that new risk depends on checked: what is missing or cannot be read is taken for the
 * worst (a breaker latched, emotional control active, the engine degraded to safe, the first phase), so that a damaged record never
 * lets through what a whole one would have refused. A state that is whole comes back as it is.
 */
export const healBreakers = (state: State): State => {
  const risk = state.risk as Partial<RiskState> | undefined
  const blank = emptyRisk(state.cash)
  const whole = { ...blank, ...(isObject(risk) ? risk : {}) } as RiskState
  const healed: RiskState = {
    ...whole,
    peak: isAmount(whole.peak) ? whole.peak : state.cash,
    day: isDay(whole.day) ? whole.day : null,
    losses: isCount(whole.losses) ? whole.losses : 0,
    wins: isCount(whole.wins) ? whole.wins : 0,
    orderEnds: isList(whole.orderEnds) ? whole.orderEnds : [],
    calls: isList(whole.calls) ? whole.calls : [],
    differences: isList(whole.differences) ? whole.differences : [],
    troubles: isObject(whole.troubles) ? whole.troubles : {},
    stoppedStrategies: isList(whole.stoppedStrategies) ? whole.stoppedStrategies : [],
    wallClock: isObject(whole.wallClock) ? whole.wallClock : blank.wallClock,
    breakers: records(risk, state.clock),
    emotional: isEmotional(whole.emotional, risk) ? whole.emotional : { active: true, since: state.clock, reason: UNREADABLE, wins: 0 },
    degradation: isDegradation(whole.degradation, risk) ? whole.degradation : { level: 'safe', since: state.clock, reason: UNREADABLE },
    phase: isObject(whole.phase) && PHASES.includes(whole.phase.now) ? whole.phase : blank.phase,
  }
  const complete = { ...healed, watchAt: watchAtOf(healed.breakers) }
  const markedEquity = state.markedEquity === undefined ? null : state.markedEquity
  return isSame(state, complete, markedEquity) ? state : { ...state, markedEquity, risk: complete }
}

/** What each breaker counts by; where it cannot be read, what has been lost, or how often, is not known. */
const COUNTED: Partial<Record<(typeof BREAKERS)[number], (risk: Partial<RiskState>) => boolean>> = {
  dailyLoss: ({ day }) => isDay(day),
  drawdown: ({ peak }) => isAmount(peak),
  consecutiveLosses: ({ losses }) => isCount(losses),
}

const records = (risk: Partial<RiskState> | undefined, clock: number): RiskState['breakers'] =>
  Object.fromEntries(
    BREAKERS.map((name) => {
      const read = BreakerRecord.safeParse(risk?.breakers?.[name])
      const counted = isObject(risk) && (COUNTED[name]?.(risk) ?? true)
      if (read.success && counted) return [name, read.data]
      return [name, { state: 'latched', since: clock, reason: UNREADABLE, value: null, until: null, trips: read.success ? read.data.trips : [] }]
    }),
  )

/** Compared as text: it runs once at each start, and a state that is whole keeps its hash. */
const isSame = (state: State, risk: RiskState, markedEquity: State['markedEquity']): boolean =>
  state.markedEquity === markedEquity && isObject(state.risk) && JSON.stringify(state.risk) === JSON.stringify(risk)

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value)
const isList = (value: unknown): boolean => Array.isArray(value)
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
const isAmount = (value: unknown): boolean => Number.isSafeInteger(value)

const isDay = (day: unknown): boolean => {
  if (day === null) return true
  if (!isObject(day)) return false
  const { endsAt, equity, realised, best, orders, entries, locked } = day as Partial<NonNullable<RiskState['day']>>
  return (
    Number.isFinite(endsAt) &&
    (equity === null || isAmount(equity)) &&
    isAmount(realised) &&
    isAmount(best) &&
    isCount(orders) &&
    isCount(entries) &&
    typeof locked === 'boolean'
  )
}

const isEmotional = (value: RiskState['emotional'], risk: Partial<RiskState> | undefined): boolean =>
  isObject(risk?.emotional) && typeof value.active === 'boolean' && isCount(value.wins)

const isDegradation = (value: RiskState['degradation'], risk: Partial<RiskState> | undefined): boolean =>
  isObject(risk?.degradation) && DEGRADATION.includes(value.level)
