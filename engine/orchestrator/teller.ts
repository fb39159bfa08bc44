import { hostname } from 'node:os'
import type { Cycle } from '../../src/contracts/cycle.ts'
import type { EngineEvent } from '../../src/contracts/event.ts'
import type { Order } from '../../src/contracts/order.ts'
import type { SnapshotDelta } from '../../src/contracts/snapshot.ts'
import { pipelineOf } from '../core/pipeline.ts'
import type { Rules } from '../core/rules.ts'
import type { State } from '../core/state.ts'
import type { CycleDraft } from './cycle-draft.ts'
import { heartbeatOf, writeHeartbeat } from './heartbeat.ts'
import type { Ports } from './run.ts'
import { accountView, breakerViews, orderView, positionViews, riskView } from './view.ts'

export const VIEW_INTERVAL_MS = 250
const HEARTBEAT_INTERVAL_MS = 1_000
const CYCLES_SHOWN = 20
const ORDERS_SHOWN = 20

/** What is told: the state, and the rules that it is decided by now. */
export type Told = {
  readonly rules: Rules
  readonly configHash: string
  readonly state: State
  /** Nothing comes after it, so every file is brought up to it. */
  readonly last: boolean
}

export type Teller = {
  /** A cycle is over; `committedAt` is null where nothing of it was worth recording. */
  readonly finished: (record: Cycle, draft: CycleDraft, committedAt: number | null) => void
  /** Tells console and heartbeat what there is to tell, at their own pace whatever the pace of the cycles; at once where urgent. */
  readonly tell: (told: Told, urgent: boolean) => void
  readonly isUrgent: (draft: CycleDraft) => boolean
  readonly hasNews: () => boolean
}

/** What the outside is told of the loop: views for the console, the heartbeat file, the log. It decides nothing. */
export const createTeller = (
  ports: Pick<Ports, 'boot' | 'ledger' | 'streams' | 'clock' | 'log' | 'send' | 'heartbeatPath' | 'stateFiles' | 'pid' | 'supervisorPid'>,
): Teller => {
  const { boot, ledger, streams, clock, log } = ports
  const last = ledger.end().cycle
  let number = last
  let newest: Cycle | null = null
  let shown: Cycle[] = ledger
    .cycles(Math.max(0, last - CYCLES_SHOWN))
    .map((row) => row.cycle)
    .slice(-CYCLES_SHOWN)
    .reverse()
  let viewedAt = Number.NEGATIVE_INFINITY
  let heartbeatAt = Number.NEGATIVE_INFINITY
  let news = true
  let errors = 0
  let streamsBehind: string | null = null

  const finished = (record: Cycle, draft: CycleDraft, committedAt: number | null): void => {
    news = true
    newest = record
    number = record.number
    if (committedAt !== null) {
      shown = [record, ...shown].slice(0, CYCLES_SHOWN)
      lookAtStreams()
    }
    for (const event of draft.events) {
      ports.stateFiles.note(event)
      note(event, draft, committedAt)
    }
  }

  const lookAtStreams = (): void => {
    const behind = streams.behind()
    if (behind !== null && behind !== streamsBehind) {
      errors += 1
      log.error({ reason: behind }, 'streams are behind the ledger and will catch up')
    }
    streamsBehind = behind
  }

  /** A view says that they are behind and that they are no more, and until then they go on at the pace of views. */
  const refreshStreams = (): void => {
    const before = streamsBehind
    streams.refresh()
    lookAtStreams()
    if (streamsBehind !== null || before !== null) news = true
  }

  const note = (event: EngineEvent, draft: CycleDraft, committedAt: number | null): void => {
    if (event.kind === 'engineStateChanged') log.info({ from: event.from, to: event.to, reason: event.reason }, 'engine state')
    else if (event.kind === 'signalDecided') {
      const latencyMs = latencyOf(draft, event.signalId, committedAt)
      log.info({ signal: event.signalId, decision: event.decision, blocker: event.blocker, latencyMs }, 'signal decided')
    } else if (event.kind === 'orderFilled') {
      log.info({ order: event.clientOrderId, symbol: event.order.symbol, side: event.order.side, complete: event.complete }, 'order filled')
    } else if (event.kind === 'killSwitchChanged') {
      const { origin, on, reason, actor } = event
      log.warn({ origin, on, reason, actor }, 'kill switch')
      ports.send({ kind: 'killSwitch', origin, on, reason, actor })
    } else if (event.kind === 'breakerMoved') {
      log.warn({ breaker: event.breaker, from: event.from, to: event.to, reason: event.reason }, 'breaker')
    } else if (event.kind === 'rulesChanged') {
      log.info({ changes: event.changes, config: event.configHash }, 'settings were read again')
    } else if (event.kind === 'illegalMoveRefused') {
      log.warn({ machine: event.machine, id: event.id, from: event.from, to: event.to }, 'illegal move refused')
    }
  }

  const tell = (told: Told, urgent: boolean): void => {
    const now = clock.monotonic()
    if (news && (urgent || now - viewedAt >= VIEW_INTERVAL_MS)) {
      viewedAt = now
      news = false
      ports.send({ kind: 'view', changes: view(told) })
      refreshStreams()
    }
    if (now - heartbeatAt < HEARTBEAT_INTERVAL_MS && !told.last) return
    heartbeatAt = now
    refreshStreams() // also without news: files may be deleted at any time
    try {
      const feedAt = feedNow(told.state)
      const about = {
        now: clock.now(),
        feedNow: feedAt,
        calendar: told.rules.accountCalendar,
        pid: ports.pid,
        host: hostname(),
        cycle: number,
        errors,
      }
      writeHeartbeat(ports.heartbeatPath, heartbeatOf(boot, told.state, about))
      ports.stateFiles.write({ rules: told.rules, state: told.state, now: feedAt })
    } catch (error) {
      errors += 1
      log.warn({ reason: (error as Error).message }, 'heartbeat and state files could not be written')
    }
  }

  /** Every open order, however old, and the newest of the others. */
  const ordersOf = (state: State): Order[] => {
    const open = Object.values(state.orders).map(({ order }) => order)
    const ended = ledger.recentOrders(ORDERS_SHOWN).filter(({ clientOrderId }) => state.orders[clientOrderId] === undefined)
    return [...open.reverse(), ...ended.slice(0, Math.max(0, ORDERS_SHOWN - open.length))]
  }

  /** The data's own time in a replay, the wall's otherwise. */
  const feedNow = (state: State): number => (boot.config.feed.kind === 'replay' ? state.clock : Math.max(state.clock, clock.now()))

  const view = ({ rules, configHash, state }: Told): SnapshotDelta => {
    const now = feedNow(state)
    const account = accountView(rules, state, boot.config.currency)
    return {
      engine: {
        state: state.engine.state,
        desired: state.engine.desired,
        reason: state.engine.reason,
        pid: ports.supervisorPid,
        startedAt: boot.startedAt,
        version: boot.version,
        configHash,
      },
      cycle: newest,
      cycles: shown,
      account,
      equity: account.equity,
      positions: positionViews(rules, state),
      orders: ordersOf(state).map((order) => orderView(rules, order)),
      guards: Object.values(state.tallies),
      breakers: breakerViews(rules, state, now),
      risk: riskView(rules, state),
      signals: { total: state.counts.signals, byState: state.signalCounts, lastAt: state.lastSignalAt, pipeline: pipelineOf(rules, state, now) },
      ledger: {
        sequence: state.sequence,
        cycles: number,
        bytes: ledger.bytes(),
        state: streamsBehind === null ? 'ok' : `streams behind: ${streamsBehind}`,
      },
      illegalMoves: state.counts.illegalMoves,
      asOf: clock.now(),
    }
  }

  return {
    finished,
    tell,
    isUrgent: ({ events }) => events.some((event) => event.kind === 'engineStateChanged' || event.kind === 'desiredChanged'),
    hasNews: () => news,
  }
}

/** From the feed's writing of the bar that a signal was made on until its decision was on the disk; null where either is not known. */
const latencyOf = (draft: CycleDraft, signalId: string, committedAt: number | null): number | null => {
  const ingestTime = draft.ingested.get(signalId)
  return ingestTime === undefined || committedAt === null ? null : Math.round((committedAt - ingestTime) * 1_000) / 1_000
}
