import type { Clock } from '../../src/clock.ts'
import { canonical } from '../../src/hash.ts'
import type { InstancePaths } from '../../src/home.ts'
import type { Broker } from '../brokers/broker.ts'
import type { RecordedInput } from '../core/input.ts'
import type { State } from '../core/state.ts'
import type { Boot } from '../supervisor/messages.ts'
import { lookForFile } from './kill-switch.ts'
import { readReferences } from './references.ts'

export type SurroundingsPorts = {
  readonly boot: Pick<Boot, 'killSwitch' | 'troubles'>
  readonly files: Pick<InstancePaths, 'killSwitch' | 'watchlist' | 'earnings'>
  readonly broker: Pick<Broker, 'takeCalls' | 'statement'>
  readonly clock: Clock
  /** What recovery found wrong with the ledger, which it did without. */
  readonly ledgerTrouble: string | null
}

/** The venue's record is held against ours so often. */
const STATEMENT_MS = 60_000

/**
 * What the world around the engine is like, as inputs for the core: kill switches, reference lists, calls to the venue and its
 * record, the clock. Each look gives only what differs from what the state knows, and the core decides what is news.
 */
export type Surroundings = {
  readonly atStart: (state: State, now: number) => RecordedInput[]
  /** Once a second, where the feed is live. */
  readonly onTimer: (state: State, now: number) => RecordedInput[]
  readonly everyCycle: (now: number) => RecordedInput[]
  /** Before a signal is judged. */
  readonly switchFile: (state: State, now: number) => RecordedInput[]
  readonly references: (now: number) => RecordedInput
}

export const createSurroundings = ({ boot, files, broker, clock, ledgerTrouble }: SurroundingsPorts): Surroundings => {
  let wallAt = clock.now()
  let monotonicAt = clock.monotonic()
  let statedAt = clock.monotonic()

  const references = (now: number): Extract<RecordedInput, { kind: 'references' }> => ({ kind: 'references', now, ...readReferences(files) })

  const switchFile = ({ risk }: State, now: number): RecordedInput[] => {
    const { on, reason } = lookForFile(files.killSwitch)
    return on === (risk.killSwitches.file !== undefined) ? [] : [{ kind: 'killSwitch', now, origin: 'file', on, reason, actor: null }]
  }

  const switchVariable = ({ risk }: State, now: number): RecordedInput[] => {
    const on = boot.killSwitch !== null
    if (on === (risk.killSwitches.env !== undefined)) return []
    return [{ kind: 'killSwitch', now, origin: 'env', on, reason: on ? `${boot.killSwitch} is set` : 'started without its variable', actor: null }]
  }

  const changedReferences = ({ risk }: State, now: number): RecordedInput[] => {
    const read = references(now)
    const same = canonical([read.watchlist, read.earnings]) === canonical([risk.watchlist, risk.earnings])
    return same && read.problems.length === 0 ? [] : [read]
  }

  const statement = (now: number): RecordedInput[] => {
    const stated = broker.statement()
    // A call that failed is counted with the calls.
    return stated === null ? [] : [{ kind: 'statement', now, ...stated }]
  }

  /** How far the wall clock went beside the monotonic one since the last look; slow drift is none. */
  const jump = (): number => {
    const [wall, monotonic] = [clock.now(), clock.monotonic()]
    const jumpMs = wall - wallAt - (monotonic - monotonicAt)
    wallAt = wall
    monotonicAt = monotonic
    return Math.round(jumpMs)
  }

  return {
    atStart: (state, now) => {
      jump() // recovery took its time, which is no jump
      return [
        ...boot.troubles.map((trouble): RecordedInput => ({ kind: 'trouble', now, ...trouble })),
        ...(ledgerTrouble === null ? [] : [{ kind: 'trouble' as const, now, breaker: 'ledgerTrouble' as const, reason: ledgerTrouble }]),
        ...switchVariable(state, now),
        ...switchFile(state, now),
        ...changedReferences(state, now),
        ...statement(now),
      ]
    },
    onTimer: (state, now) => {
      const due = clock.monotonic() - statedAt >= STATEMENT_MS
      if (due) statedAt = clock.monotonic()
      return [
        // No venue has told its time yet, so how far ours is off is not known.
        { kind: 'clock', now, skewMs: null, jumpMs: jump() },
        ...switchFile(state, now),
        ...(due ? statement(now) : []),
      ]
    },
    everyCycle: (now) => {
      const { ok, failed, reason } = broker.takeCalls()
      return ok + failed === 0 ? [] : [{ kind: 'venueCalls', now, ok, failed, reason }]
    },
    switchFile,
    references,
  }
}
