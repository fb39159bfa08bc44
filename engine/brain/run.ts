import { setImmediate } from 'node:timers/promises'
import type { Logger } from 'pino'
import { assert } from '../../src/assert.ts'
import type { Clock } from '../../src/clock.ts'
import type { Bar } from '../../src/contracts/market.ts'
import type { Shared } from '../ring/port.ts'
import type { BrainRecord, FromChild, ToChild } from '../supervisor/messages.ts'
import { beginSession, readAll, type Session, type SessionSetup } from './session.ts'

/** Bars in one batch: its records are handed on before its bars are freed. */
const BATCH_BARS = 256
/** Batches between two looks at the event loop, so that messages are heard during a replay at full speed. */
const BATCHES_BEFORE_YIELD = 8
/** The view is sent at most four times a second. */
const VIEW_MS = 250
/** How long to wait for room in a full ring of signals before it is tried again. */
const RETRY_MS = 5

export type BrainPorts = SessionSetup & {
  readonly shared: Shared
  readonly clock: Clock
  readonly log: Logger
  readonly send: (message: FromChild) => void
}

export type BrainRun = {
  /** Resolves once the loop has ended after `drain`; rejects where the brain cannot go on. */
  readonly ended: Promise<void>
  readonly onMessage: (message: ToChild) => void
  /** Finishes the batch in hand and ends the loop. */
  readonly drain: () => Promise<void>
}

/**
 * The brain's loop. Signals are pushed before their bars are committed, so a kill in between makes them again: the same bars
 * give the same ids, and the orchestrator drops what it has. Nothing is missing and nothing counts twice.
 */
export const runBrain = (ports: BrainPorts): BrainRun => {
  const { shared, clock, log, send } = ports
  const { brainBars, signals, progress, doorbells } = shared
  const bell = doorbells.brain
  const outbox: BrainRecord[] = []
  const emit = (record: BrainRecord): void => void outbox.push(record)
  let stopping = false
  let nobodyReads = false // the orchestrator is given up, so waiting for it would be for ever
  let session = begin(firstOf(ports), null, null)
  let expected = session.liveFrom
  let heard = false

  function begin(liveFrom: number, shownMs: number | null, before: Session | null): Session {
    const next = beginSession(ports, liveFrom, shownMs, before)
    outbox.push(...next.records)
    for (const { id, reason } of next.loaded.failures) log.error({ strategy: id, reason }, 'strategy not loaded')
    log.info({ warmFrom: next.warmFrom, liveFrom, strategies: next.loaded.strategies.map(({ id }) => id) }, 'brain started')
    return next
  }

  const onBar = (bar: Bar): void => {
    const { sequence } = bar
    const { chosenForMs, undecided } = session
    const otherBars = undecided || (chosenForMs !== null && chosenForMs !== bar.timeframeMs)
    assert(!heard || sequence >= expected, 'bars come through the ring in order')
    if (sequence < expected || otherBars) {
      // A guess about the first bar that was wrong: nobody was told of it yet, so nobody has to know.
      if (!heard) outbox.length = 0
      session = begin(sequence, bar.timeframeMs, session)
    } else if (sequence > expected) catchUp(expected, sequence - 1)
    heard = true
    expected = sequence + 1
    session.brain.onBar(bar, emit, true)
  }

  /** Bars that a full ring refused are on the tape. They are too old to trade on, but the indicators need them. */
  const catchUp = (from: number, to: number): void => {
    readAll(ports.tape, from, to, (bar) => session.brain.onBar(bar, emit, false))
    emit({ kind: 'brainCaughtUp', from, to })
    log.warn({ from, to, bars: to - from + 1 }, 'bars were missed and read from the tape')
  }

  /** Hands on what the batch made. @returns false where draining ended the wait for room. */
  const post = async (): Promise<boolean> => {
    for (const record of outbox) {
      if (record.kind === 'strategyStopped') log.error({ strategy: record.id, symbol: record.symbol, reason: record.reason }, 'strategy stopped')
      const text = JSON.stringify(record)
      while (!signals.push(text)) {
        if (nobodyReads) {
          log.error({ record }, 'record dropped: the orchestrator has failed and its ring is full')
          break
        }
        if (stopping) return false
        doorbells.orchestrator.ring()
        progress.brain.setWaiting(true)
        await bell.sleep(() => stopping || nobodyReads, RETRY_MS)
        progress.brain.setWaiting(false)
      }
    }
    outbox.length = 0
    return true
  }

  let viewedAt = Number.NEGATIVE_INFINITY
  let viewed = ''
  const view = (now: boolean): void => {
    if (!now && clock.monotonic() - viewedAt < VIEW_MS) return
    viewedAt = clock.monotonic()
    const strategies = session.views()
    const text = JSON.stringify(strategies)
    if (text === viewed) return
    viewed = text
    send({ kind: 'view', changes: { strategies } })
  }

  const loop = async (): Promise<void> => {
    // Without bars that somebody has committed, where the brain began is a guess until the first bar: it is told with that one.
    if (brainBars.committed() > 0 && !(await post())) return
    // The brain before may have died between freeing its bars and ringing for them.
    doorbells.feed.ring()
    doorbells.orchestrator.ring()
    send({ kind: 'ready', evidence: evidenceOf(session) })
    view(true)
    let viewDue = false
    for (let batches = 0; !stopping; batches += 1) {
      if (brainBars.pending() === 0) {
        await bell.sleep(() => stopping || brainBars.pending() > 0, viewDue ? VIEW_MS : undefined)
        if (brainBars.pending() === 0) {
          view(true)
          viewDue = false
        }
        continue
      }
      brainBars.drain(BATCH_BARS, onBar)
      if (!(await post())) return
      brainBars.commit()
      progress.brain.work()
      doorbells.orchestrator.ring() // a replay goes in step with the brain
      doorbells.feed.ring() // there is room again
      view(false)
      viewDue = true
      if (batches % BATCHES_BEFORE_YIELD === BATCHES_BEFORE_YIELD - 1) await setImmediate()
    }
  }

  const ended = loop()
  return {
    ended,
    onMessage: (message) => {
      if (message.kind !== 'sibling' || message.name !== 'orchestrator') return
      nobodyReads = message.state === 'failed'
      bell.wake()
    },
    drain: async () => {
      assert(!stopping, 'drained once')
      stopping = true
      bell.wake()
      await ended
      view(true)
    },
  }
}

/**
 * The first bar to trade on: the one after the last committed, whoever committed it. In a ring that nobody has read from yet it
 * is the first one waiting, or else the next one on the tape; where that guess is late, the first bar corrects it.
 */
const firstOf = ({ shared: { brainBars }, tape }: BrainPorts): number => {
  const committed = brainBars.committed()
  if (committed > 0) return committed + 1
  const pending = brainBars.pending()
  return pending > 0 ? brainBars.published() - pending + 1 : tape.lastSequence() + 1
}

const evidenceOf = ({ loaded, views, liveFrom, undecided }: Session): string => {
  const warm = views().filter(({ state }) => state === 'ready').length
  const stopped = views().filter(({ state }) => state === 'stopped').length
  if (undecided) return 'strategies wait for the first bar'
  return `strategies: ${loaded.strategies.length} loaded, ${warm} warm, ${stopped} stopped; live from bar ${liveFrom}`
}
