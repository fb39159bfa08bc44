import type { Clock } from '../../src/clock.ts'
import type { AuditRecord } from '../../src/contracts/audit.ts'
import type { CommandRequest, CommandResult } from '../../src/contracts/command.ts'
import type { DesiredState } from '../../src/contracts/engine.ts'
import type { Result } from '../../src/result.ts'
import { moveDesired } from './desired.ts'
import type { Desired } from './messages.ts'

/** Results kept for commands that are sent again. */
const RESULTS_KEPT = 1_000
/** The orchestrator answers within one cycle; after this nobody can say. */
const ANSWER_MS_MAX = 5_000

export type CommandPorts = {
  readonly clock: Clock
  readonly desired: () => Desired
  /** Persists and tells; throws where it cannot be persisted. */
  readonly setDesired: (desired: Desired) => void
  readonly audit: (request: CommandRequest, outcome: CommandResult['outcome'], message: string) => AuditRecord
  /** False where no orchestrator runs. */
  readonly toOrchestrator: (request: CommandRequest) => boolean
  readonly rearmed: (breaker: string) => void
  readonly stop: (now: boolean, reason: string) => void
  readonly past: readonly AuditRecord[]
}

export type Commands = {
  readonly handle: (request: CommandRequest) => Promise<CommandResult>
  readonly answered: (id: string, outcome: CommandResult['outcome'], message: string) => void
}

/** Commands of operators: each is recorded with its outcome before it is answered, and the same id always gets the first answer. */
export const createCommands = (ports: CommandPorts): Commands => {
  const results = new Map<string, Promise<CommandResult>>()
  const open = new Map<string, (result: { outcome: CommandResult['outcome']; message: string }) => void>()
  for (const record of ports.past) {
    const outcome = record.detail.outcome
    if (record.cause !== null && (outcome === 'accepted' || outcome === 'refused' || outcome === 'unknown')) {
      results.set(record.cause, Promise.resolve({ outcome, auditSequence: record.sequence, message: String(record.detail.message ?? '') }))
    }
  }

  const conclude = (request: CommandRequest, outcome: CommandResult['outcome'], message: string): CommandResult => {
    const { sequence } = ports.audit(request, outcome, message)
    return { outcome, auditSequence: sequence, message }
  }

  const change = (request: CommandRequest, moved: Result<DesiredState, string>): CommandResult => {
    if (!moved.ok) return conclude(request, 'refused', moved.error)
    ports.setDesired({ state: moved.value, reason: request.reason, actor: request.actor, commandId: request.id, at: ports.clock.now() })
    return conclude(request, 'accepted', `the engine shall be ${moved.value}`)
  }

  const ask = async (request: CommandRequest): Promise<CommandResult> => {
    if (!ports.toOrchestrator(request)) return conclude(request, 'refused', 'the orchestrator is down: nothing was done')
    const { outcome, message } = await new Promise<{ outcome: CommandResult['outcome']; message: string }>((resolve) => {
      const timer = setTimeout(() => resolve({ outcome: 'unknown', message: 'the orchestrator did not answer in time' }), ANSWER_MS_MAX)
      open.set(request.id, (result) => {
        clearTimeout(timer)
        resolve(result)
      })
    })
    open.delete(request.id)
    return conclude(request, outcome, message)
  }

  const carryOut = async (request: CommandRequest): Promise<CommandResult> => {
    if (request.expiresAt < ports.clock.now()) return conclude(request, 'refused', 'the command had expired')
    const { command } = request
    const { state } = ports.desired()
    switch (command.kind) {
      case 'pause':
      case 'resume':
      case 'halt':
        return change(request, moveDesired(state, command.kind))
      case 'rearm': {
        const result = change(request, moveDesired(state, 'rearm', command.breaker))
        if (result.outcome === 'accepted') ports.rearmed(command.breaker)
        return result
      }
      case 'flatten':
      case 'cancel':
        return ask(request)
      case 'stop': {
        const result = conclude(request, 'accepted', command.now ? 'stopping at once' : 'draining')
        ports.stop(command.now, request.reason)
        return result
      }
    }
  }

  return {
    handle: (request) => {
      const known = results.get(request.id)
      if (known !== undefined) return known
      const result = carryOut(request)
      results.set(request.id, result)
      for (const id of results.keys()) {
        if (results.size <= RESULTS_KEPT) break
        results.delete(id)
      }
      return result
    },
    answered: (id, outcome, message) => open.get(id)?.({ outcome, message }),
  }
}
