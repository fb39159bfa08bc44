import type { Clock } from '../../src/clock.ts'
import type { AuditRecord } from '../../src/contracts/audit.ts'
import type { Command, CommandRequest, CommandResult } from '../../src/contracts/command.ts'
import type { DesiredState } from '../../src/contracts/engine.ts'
import type { Result } from '../../src/result.ts'
import { INSTANT_MAX } from '../../src/zone.ts'
import { isLatch, moveDesired } from './desired.ts'
import type { Desired } from './messages.ts'
import type { Reloaded } from './reload.ts'

/** Results kept for commands that are sent again. */
const RESULTS_KEPT = 1_000
/** The orchestrator answers within one cycle; after this nobody can say. */
const ANSWER_MS_MAX = 5_000

/** Commands that may let something new in. */
const LETS_IN: ReadonlySet<Command['kind']> = new Set(['resume', 'rearm'])

/**
 * What lets in is valid for no longer: a request that waits somewhere and still holds tomorrow was meant for another market. What lets less
 * in may be as long as it likes.
 */
const LETS_IN_MS_MAX = 300_000

export type CommandPorts = {
  readonly clock: Clock
  readonly desired: () => Desired
  /** Why nothing may be let in whatever a person wants; null where it may. */
  readonly shut: () => string | null
  /** Persists and tells; throws where it cannot be persisted. */
  readonly setDesired: (desired: Desired) => void
  readonly audit: (request: CommandRequest, outcome: CommandResult['outcome'], message: string) => AuditRecord
  /** False where no orchestrator runs. */
  readonly toOrchestrator: (request: CommandRequest) => boolean
  /** Reads the settings again; an error says what is wrong with them, and then nothing has changed. */
  readonly reload: () => Result<Reloaded, string>
  /** False where no orchestrator runs. */
  readonly applySettings: (request: CommandRequest, reloaded: Reloaded) => boolean
  /** The orchestrator decides by them from now on; what is recorded of it is recorded here. Throws where it cannot be. */
  readonly settingsApplied: (request: CommandRequest, reloaded: Reloaded) => void
  /** How many alerts were marked as seen. */
  readonly acknowledge: (alert: number | null, by: string) => number
  /** What the store of proposals makes of a verdict. */
  readonly judge: (request: CommandRequest, id: string, verdict: 'approve' | 'reject') => Result<string, string>
  readonly rearmed: (breaker: string) => void
  readonly stop: (now: boolean, reason: string) => void
  readonly past: readonly AuditRecord[]
  readonly answerMsMax?: number
}

type Answered = { readonly outcome: CommandResult['outcome']; readonly message: string }

export type Commands = {
  readonly handle: (request: CommandRequest) => Promise<CommandResult>
  readonly answered: (id: string, outcome: CommandResult['outcome'], message: string) => void
}

/** Commands of operators: each is recorded with its outcome before it is answered, and the same id always gets the first answer. */
export const createCommands = (ports: CommandPorts): Commands => {
  const { answerMsMax = ANSWER_MS_MAX } = ports
  const results = new Map<string, Promise<CommandResult>>()
  const open = new Map<string, (answer: Answered) => void>()
  for (const record of ports.past) {
    const outcome = record.detail.outcome
    if (record.cause !== null && (outcome === 'accepted' || outcome === 'refused' || outcome === 'unknown')) {
      results.set(record.cause, Promise.resolve({ outcome, auditSequence: record.sequence, message: String(record.detail.message ?? '') }))
    }
  }

  /** Answers that the trail did not take: whoever asks again gets them once it does. */
  const unwritten = new Map<string, Answered>()
  /** What could not be saved on its way: it may hold all the same. */
  const begun = new Map<string, true>()

  const conclude = (request: CommandRequest, outcome: CommandResult['outcome'], message: string): CommandResult => {
    const isSure = outcome !== 'refused' || !begun.has(request.id)
    const answer: Answered = isSure
      ? { outcome, message }
      : { outcome: 'unknown', message: `it could not be saved when it came and may hold since; now: ${message}` }
    unwritten.set(request.id, answer)
    const { sequence } = ports.audit(request, answer.outcome, answer.message)
    unwritten.delete(request.id)
    begun.delete(request.id)
    return { ...answer, auditSequence: sequence }
  }

  const change = (request: CommandRequest, moved: Result<DesiredState, string>, held: () => void = () => undefined): CommandResult => {
    if (!moved.ok) return conclude(request, 'refused', moved.error)
    ports.setDesired({ state: moved.value, reason: request.reason, actor: request.actor, commandId: request.id, at: ports.clock.now() })
    held() // also where the answer cannot be recorded
    return conclude(request, 'accepted', `the engine shall be ${moved.value}`)
  }

  /** `accepted` is called before the answer is recorded, also where that answer comes late. */
  const ask = async (request: CommandRequest, tell: () => boolean, accepted: () => void = () => undefined): Promise<CommandResult> => {
    if (!tell()) return conclude(request, 'refused', 'the orchestrator is down: nothing was done')
    const answer = await new Promise<Answered | null>((resolve) => {
      const timer = setTimeout(() => resolve(null), answerMsMax)
      open.set(request.id, (answered) => {
        clearTimeout(timer)
        resolve(answered)
      })
    })
    if (answer?.outcome === 'accepted') accepted()
    if (answer !== null) return conclude(request, answer.outcome, answer.message)
    // An answer that comes too late for whoever asked is still recorded, and whoever asks again gets it.
    open.set(request.id, ({ outcome, message }) => {
      try {
        if (outcome === 'accepted') accepted()
        results.set(request.id, Promise.resolve(conclude(request, outcome, `late: ${message}`)))
      } catch {
        // It stays unknown, and that the trail cannot be written was told where it was noticed.
      }
    })
    return conclude(request, 'unknown', `the orchestrator did not answer in ${answerMsMax / 1_000} s`)
  }

  /** The disk refused: what lets less in may hold all the same, so nobody claims to know. Not kept, so that it can be asked again. */
  const unrecorded = (request: CommandRequest, error: unknown): CommandResult => {
    results.delete(request.id)
    if (!unwritten.has(request.id)) begun.set(request.id, true)
    return {
      outcome: 'unknown',
      auditSequence: null,
      message: `it could not be recorded (${(error as Error).message}); the engine is wanted ${ports.desired().state}`,
    }
  }

  const carryOut = async (request: CommandRequest): Promise<CommandResult> => {
    const now = ports.clock.now()
    if (request.expiresAt < now) return conclude(request, 'refused', expiredText(request.expiresAt, now))
    const { command } = request
    if (LETS_IN.has(command.kind) && request.expiresAt - now > LETS_IN_MS_MAX)
      return conclude(request, 'refused', tooLongText(request.expiresAt, now))
    const { state } = ports.desired()
    const shut = LETS_IN.has(command.kind) ? ports.shut() : null
    if (shut !== null) return conclude(request, 'refused', shut)
    switch (command.kind) {
      case 'pause':
      case 'resume':
      case 'halt':
        return change(request, moveDesired(state, command.kind))
      case 'rearm': {
        // Only the two latches are the supervisor's; every other breaker is the core's.
        if (!isLatch(command.breaker)) return ask(request, () => ports.toOrchestrator(request))
        return change(request, moveDesired(state, 'rearm', command.breaker), () => ports.rearmed(command.breaker))
      }
      case 'flatten':
      case 'cancel':
      case 'phase':
      case 'killSwitch':
        return ask(request, () => ports.toOrchestrator(request))
      case 'trip':
        if (isLatch(command.breaker))
          return conclude(
            request,
            'refused',
            command.breaker === 'halt' ? 'halt does that: give the command halt' : 'safe is latched by the engine alone',
          )
        return ask(request, () => ports.toOrchestrator(request))
      case 'reload': {
        const read = ports.reload()
        if (!read.ok) return conclude(request, 'refused', read.error)
        const reloaded = read.value
        return ask(
          request,
          () => ports.applySettings(request, reloaded),
          () => ports.settingsApplied(request, reloaded),
        )
      }
      case 'ack': {
        const marked = ports.acknowledge(command.alert, request.actor.name)
        if (marked === 0 && command.alert !== null) return conclude(request, 'refused', `no open alert ${command.alert}`)
        return conclude(request, 'accepted', marked === 1 ? '1 alert was seen' : `${marked} alerts were seen`)
      }
      case 'proposal': {
        const judged = ports.judge(request, command.id, command.verdict)
        return judged.ok ? conclude(request, 'accepted', judged.value) : conclude(request, 'refused', judged.error)
      }
      case 'stop': {
        ports.stop(command.now, request.reason) // also where it cannot be recorded; it begins after the answer
        return conclude(request, 'accepted', command.now ? 'stopping at once' : 'draining')
      }
    }
  }

  const carryOutOnce = async (request: CommandRequest): Promise<CommandResult> => {
    const done = unwritten.get(request.id)
    return done === undefined ? carryOut(request) : conclude(request, done.outcome, done.message)
  }

  return {
    handle: (request) => {
      const known = results.get(request.id)
      if (known !== undefined) return known
      const result = carryOutOnce(request).catch((error: unknown) => unrecorded(request, error))
      results.set(request.id, result)
      for (const kept of [results, open, unwritten, begun]) forget(kept)
      return result
    },
    answered: (id, outcome, message) => {
      const answer = open.get(id)
      open.delete(id)
      answer?.({ outcome, message })
    },
  }
}

/** The oldest go first; a map keeps the order in which they came. */
const forget = (kept: Map<string, unknown>): void => {
  for (const id of kept.keys()) {
    if (kept.size <= RESULTS_KEPT) return
    kept.delete(id)
  }
}

/** Both times, because a clock that is wrong looks like a way that is slow. */
const timeText = (at: number): string => new Date(Math.min(Math.max(0, at), INSTANT_MAX)).toISOString()
const tooLongText = (expiresAt: number, now: number): string =>
  `a command that lets in is valid for ${LETS_IN_MS_MAX / 60_000} minutes at most; this one until ${timeText(expiresAt)}, and here it is ${timeText(now)}`
const expiredText = (expiresAt: number, now: number): string =>
  `the command had expired: it was valid until ${timeText(expiresAt)}, and here it is ${timeText(now)}`
