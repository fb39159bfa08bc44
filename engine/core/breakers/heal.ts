import { BREAKERS, type BreakerName, BreakerRecord, DEGRADATION } from '../../../src/contracts/breaker.ts'
import { PHASES } from '../../../src/contracts/rules.ts'
import { watchAtOf } from '../apply-risk.ts'
import { emptyRisk, type RiskState, type State } from '../state.ts'

const UNREADABLE = 'its state could not be read'

type Read = (value: unknown) => boolean
type Field = {
  readonly reads: Read /** Breakers that measure it: what they cannot read may be past its limit. */
  readonly breakers: readonly BreakerName[]
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)
const isText: Read = (value) => typeof value === 'string'
const isFlag: Read = (value) => typeof value === 'boolean'
const isNumber: Read = (value) => Number.isFinite(value)
const isWhole: Read = (value) => Number.isSafeInteger(value)
const isCount: Read = (value) => isWhole(value) && (value as number) >= 0
const either =
  (one: Read): Read =>
  (value) =>
    value === null || one(value)
const list =
  (item: Read): Read =>
  (value) =>
    Array.isArray(value) && value.every(item)
const shape =
  (members: Readonly<Record<string, Read>>): Read =>
  (value) =>
    isObject(value) && Object.entries(members).every(([name, reads]) => reads(value[name]))
const values =
  (item: Read): Read =>
  (value) =>
    isObject(value) && Object.values(value).every(item)

const base = shape({ row: isCount, sequence: isCount })
const calls: Field = { reads: list(shape({ at: isNumber, ok: isCount, failed: isCount })), breakers: ['apiErrors', 'apiErrorRate'] }

const FIELDS: { readonly [Name in Exclude<keyof RiskState, 'breakers' | 'watchAt' | 'watchlist' | 'earnings'>]: Field } = {
  peak: { reads: isWhole, breakers: ['drawdown'] },
  day: {
    reads: either(
      shape({
        day: isText,
        endsAt: isNumber,
        equity: either(isWhole),
        realised: isWhole,
        best: isWhole,
        orders: isCount,
        entries: isCount,
        locked: isFlag,
      }),
    ),
    breakers: ['dailyLoss'],
  },
  losses: { reads: isCount, breakers: ['consecutiveLosses'] },
  wins: { reads: isCount, breakers: [] },
  orderEnds: { reads: list(shape({ at: isNumber, rejected: isFlag })), breakers: ['orderRejects'] },
  calls,
  failedInRow: { reads: isCount, breakers: calls.breakers },
  rowBase: { reads: base, breakers: ['badData'] },
  rowBaseBefore: { reads: base, breakers: ['badData'] },
  overrunBar: { reads: isCount, breakers: [] },
  troubles: { reads: values(isText), breakers: ['restartStorm', 'ledgerTrouble'] },
  differences: { reads: list(isText), breakers: ['reconciliation'] },
  wallClock: { reads: shape({ skewMs: either(isNumber), jumpMs: either(isNumber) }), breakers: ['clockSkew'] },
  stoppedStrategies: { reads: list(isText), breakers: [] },
  emotional: { reads: shape({ active: isFlag, since: isNumber, reason: isText, wins: isCount }), breakers: [] },
  phase: {
    reads: shape({
      now: (value) => (PHASES as readonly unknown[]).includes(value),
      since: isNumber,
      sessions: isCount,
      lastSession: isText,
      trades: isCount,
      wins: isCount,
      won: isWhole,
      lost: isWhole,
      peak: isWhole,
      drawdown: isNumber,
    }),
    breakers: [],
  },
  degradation: {
    reads: shape({ level: (value) => (DEGRADATION as readonly unknown[]).includes(value), since: isNumber, reason: isText }),
    breakers: [],
  },
  killSwitches: { reads: values(shape({ at: isNumber, reason: isText })), breakers: [] },
}

/** What stands in for a field that cannot be read: the worst that it could have been, where there is one. */
const worst = (state: State): RiskState => ({
  ...emptyRisk(state.cash),
  emotional: { active: true, since: state.clock, reason: UNREADABLE, wins: 0 },
  degradation: { level: 'safe', since: state.clock, reason: UNREADABLE },
  killSwitches: { command: { at: state.clock, reason: UNREADABLE } },
})

/**
 * A checkpoint's state with everything in it that new risk depends on checked: what is missing or cannot be read is taken for the
 * worst (its breakers latched, emotional control active, the engine degraded to safe, the first phase), so that a damaged record
 * never lets through what a whole one would have refused. A state that is whole comes back as it is.
 */
export const healBreakers = (state: State): State => {
  const found: Readonly<Record<string, unknown>> = isObject(state.risk) ? state.risk : {}
  const fallback: RiskState & Readonly<Record<string, unknown>> = worst(state)
  const damaged = Object.entries(FIELDS).filter(([name, { reads }]) => !reads(found[name]))
  const lost = new Set(damaged.flatMap(([, { breakers }]) => breakers))
  const { records, healed } = recordsOf(found.breakers, lost, state.clock)
  const complete = state.markedEquity !== undefined && 'watchAt' in found && 'watchlist' in found && 'earnings' in found
  if (damaged.length === 0 && healed === 0 && complete) return state
  const fields = Object.fromEntries(damaged.map(([name]) => [name, fallback[name]]))
  const risk = { ...fallback, ...found, ...fields, breakers: records, watchAt: watchAtOf(records) } as RiskState
  return { ...state, markedEquity: state.markedEquity ?? null, risk }
}

type Records = { readonly records: RiskState['breakers']; readonly healed: number }

const recordsOf = (found: unknown, lost: ReadonlySet<BreakerName>, clock: number): Records => {
  const records: Partial<Record<BreakerName, BreakerRecord>> = {}
  let healed = 0
  for (const name of BREAKERS) {
    const read = BreakerRecord.safeParse(isObject(found) ? found[name] : undefined)
    if (read.success && !lost.has(name)) {
      records[name] = read.data
      continue
    }
    healed += 1
    records[name] = { state: 'latched', since: clock, reason: UNREADABLE, value: null, until: null, trips: read.success ? read.data.trips : [] }
  }
  return { records, healed }
}
