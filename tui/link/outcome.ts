import type { CommandResult } from '../../src/contracts/command.ts'
import { JsonRpcError, RpcError } from '../../src/contracts/protocol.ts'
import type { RequestFailure } from './connect.ts'

/** Errors that come before a command is carried out. Any other one leaves open whether it was. */
const NOT_CARRIED_OUT: ReadonlySet<number | undefined> = new Set<number>([
  RpcError.notGreeted,
  RpcError.forbidden,
  JsonRpcError.invalidRequest,
  JsonRpcError.invalidParams,
  JsonRpcError.methodNotFound,
])

/** What is known of a command that the engine did not answer with a result. */
export const outcomeOf = (failure: RequestFailure): CommandResult => {
  const refused = failure.kind === 'error' && NOT_CARRIED_OUT.has(failure.code)
  return { outcome: refused ? 'refused' : 'unknown', auditSequence: null, message: failure.message }
}
