import type { CommandResult } from '../../src/contracts/command.ts'

const OUTCOMES: readonly unknown[] = ['accepted', 'refused', 'unknown'] satisfies readonly CommandResult['outcome'][]

/** What an engine answered to a command. Nothing is guessed from an answer that is none. No schema: the command line has no time to load them. */
export const resultOf = (answer: unknown): CommandResult => {
  const { outcome, message, auditSequence } = (typeof answer === 'object' && answer !== null ? answer : {}) as Partial<CommandResult>
  const audited = auditSequence === null ? outcome !== 'accepted' : Number.isSafeInteger(auditSequence)
  if (OUTCOMES.includes(outcome) && typeof message === 'string' && audited) return answer as CommandResult
  return { outcome: 'unknown', auditSequence: null, message: 'the engine gave an answer that this console does not know; it may have happened' }
}
