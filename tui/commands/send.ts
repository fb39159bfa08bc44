import type { Command, CommandRequest, CommandResult } from '../../src/contracts/command.ts'
import { JsonRpcError, RpcError } from '../../src/contracts/protocol.ts'
import { Exit, type ExitCode, ExitError } from '../../src/exit.ts'
import { err, ok, type Result } from '../../src/result.ts'
import { localActor } from '../link/actor.ts'
import type { Link, RequestFailure } from '../link/connect.ts'
import { resultOf } from '../link/result.ts'
import type { Context } from './context.ts'
import { OPERATE, openLink } from './engine.ts'
import { cell, note, printJson } from './print.ts'

/** After so long by its own clock the engine refuses what was asked, however it was delayed on its way. */
const COMMAND_VALID_MS = 30_000
/** The same id gets its first result again, so one more question after a lost answer is safe. */
const ASK_AGAIN_MAX = 1

const EXIT_OF: Readonly<Record<CommandResult['outcome'], ExitCode>> = { accepted: Exit.done, refused: Exit.refused, unknown: Exit.unknown }

/** Asks the engine for one thing and tells what became of it: accepted 0, refused 4, unknown 5. */
export const send = async (context: Context, link: Link, command: Command, reason: string): Promise<ExitCode> => {
  const result = await request(context, link, command, reason)
  report(context, command, result)
  return EXIT_OF[result.outcome]
}

/** As `send` without telling. The link is closed at the end. */
export const request = async (context: Context, link: Link, command: Command, reason: string): Promise<CommandResult & { readonly id: string }> => {
  const { env, newId } = context
  const asked: CommandRequest = { id: newId(), actor: localActor(env), reason, expiresAt: link.now() + COMMAND_VALID_MS, command }
  let open: Link | null = link
  try {
    for (let again = 0; ; again += 1) {
      const answer: Result<CommandResult, RequestFailure> =
        open === null ? err({ kind: 'closed', message: 'the engine is gone' }) : await open.request('command', asked)
      if (answer.ok) return { id: asked.id, ...resultOf(answer.value) }
      if (answer.error.kind === 'error') throw objection(answer.error)
      if (again === ASK_AGAIN_MAX)
        return { id: asked.id, outcome: 'unknown', auditSequence: null, message: `${answer.error.message}; it may still happen` }
      open?.close()
      const next = await reopen(context)
      open = next.ok ? next.value : null
    }
  } finally {
    open?.close()
  }
}

/** A second failure to connect means that the result stays unknown, which the caller says. */
const reopen = async (context: Context): Promise<Result<Link, ExitError>> => {
  try {
    return ok(await openLink(context, OPERATE))
  } catch (error) {
    if (error instanceof ExitError) return err(error)
    throw error
  }
}

const objection = ({ code, message }: RequestFailure): ExitError => {
  if (code === JsonRpcError.invalidParams) return new ExitError(Exit.usage, message)
  if (code === RpcError.forbidden) return new ExitError(Exit.refused, message, 'only whoever may use the operator socket may command')
  if (code === RpcError.protocol) return new ExitError(Exit.protocol, message)
  return new ExitError(Exit.unknown, `the engine failed on it: ${message}`)
}

const report = (context: Context, command: Command, result: CommandResult & { readonly id: string }): void => {
  if (context.json) {
    printJson(context, { command: command.kind, ...result })
    if (result.outcome !== 'accepted') note(context, `aegis-console: ${command.kind} ${result.outcome}: ${result.message}`)
    return
  }
  const audit = result.auditSequence === null ? '' : `  (audit ${result.auditSequence})`
  const line = `${command.kind} ${result.outcome}: ${cell(result.message)}${audit}`
  if (result.outcome === 'accepted') context.out(`${line}\n`)
  else note(context, `aegis-console: ${line}`)
}
