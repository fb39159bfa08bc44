import { Exit, type ExitCode, ExitError } from '../../src/exit.ts'
import { inertJson } from '../../src/text.ts'
import { inertLines } from './print.ts'
import type { Terminal } from './terminal.ts'

const TYPES: Readonly<Record<ExitCode, string>> = {
  [Exit.done]: 'done',
  [Exit.checkFalse]: 'checkFalse',
  [Exit.warn]: 'warn',
  [Exit.notRunning]: 'notRunning',
  [Exit.refused]: 'refused',
  [Exit.unknown]: 'unknown',
  [Exit.protocol]: 'protocol',
  [Exit.usage]: 'usage',
  [Exit.corrupt]: 'corrupt',
  [Exit.internal]: 'internal',
  [Exit.childDied]: 'childDied',
  [Exit.restartStorm]: 'restartStorm',
  [Exit.alreadyRunning]: 'alreadyRunning',
  [Exit.gateClosed]: 'gateClosed',
  [Exit.configuration]: 'configuration',
}

/**
 * Tells a person on standard error, and a program that asked for JSON on standard output as well: there the failure is the
 * answer, so a script that reads standard output gets a document in every case.
 */
export const reportFailure = (terminal: Pick<Terminal, 'out' | 'err'>, json: boolean, error: unknown): ExitCode => {
  const failure = isExitError(error) ? error : internal(error)
  const { code, message, remedy } = failure
  terminal.err(`aegis-console: ${inertLines(message)}\n${remedy === null ? '' : `${inertLines(remedy)}\n`}`)
  if (json) terminal.out(`${inertJson(JSON.stringify({ error: { code, type: TYPES[code], message, remedy } }))}\n`)
  return code
}

/** By its name: the bundled console has a class of its own for it. */
const isExitError = (error: unknown): error is ExitError => error instanceof Error && error.name === 'ExitError' && 'remedy' in error

const internal = (error: unknown): ExitError => {
  const { code, path } = error as NodeJS.ErrnoException
  // A file that cannot be reached is the user's to mend, and a stack would hide the path.
  if (typeof code === 'string' && typeof path === 'string') return new ExitError(Exit.internal, `${path}: ${(error as Error).message}`)
  return new ExitError(Exit.internal, `internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
}
