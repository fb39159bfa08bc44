import { Exit, ExitError } from '../../src/exit.ts'
import type { Link } from '../link/connect.ts'
import { type Context, type Options, text } from './context.ts'

const REASON_LENGTH_MAX = 200

/** Why a person wants it, for the audit trail. @throws ExitError 4 where nobody says. */
export const reasonFor = async (context: Context, options: Options, what: string): Promise<string> => {
  const given = text(options, 'reason')?.trim() ?? (context.mayAsk ? await context.ask(`Reason to ${what}: `) : undefined)
  if (given === undefined) throw new ExitError(Exit.refused, `${what} needs a reason`, 'give it with --reason TEXT')
  if (given === '') throw new ExitError(Exit.refused, `${what} needs a reason, and the one given is empty`)
  if (given.length > REASON_LENGTH_MAX) throw new ExitError(Exit.usage, `a reason has at most ${REASON_LENGTH_MAX} characters`)
  return given
}

/** What cannot be undone is confirmed by typing the engine's name, or by `--yes`. @throws ExitError 4 where it is not. */
export const confirm = async (context: Context, options: Options, link: Link, consequence: string): Promise<void> => {
  if (options.yes === true) return
  const { instance, pid } = link.hello
  if (!context.mayAsk) throw new ExitError(Exit.refused, `${consequence}: not confirmed`, 'confirm with --yes')
  const typed = await context.ask(`Engine ${instance} (pid ${pid}): ${consequence}.\nType ${instance} to confirm: `)
  if (typed !== instance) throw new ExitError(Exit.refused, 'not confirmed, nothing was sent')
}
