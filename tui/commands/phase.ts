import type { Phase } from '../../src/contracts/rules.ts'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { Exit, ExitError } from '../../src/exit.ts'
import { reasonFor } from './ask.ts'
import type { CommandFunction, Context } from './context.ts'
import { OPERATE, openLink, see } from './engine.ts'
import { facts, note, printJson, time } from './print.ts'
import { send } from './send.ts'

/** How far the engine is trusted: where it stands, what the gate to the next phase lacks, and the way to move it. */
export const phase: CommandFunction = async (context, [what = 'show', to], options) => {
  if (what === 'show') {
    if (to !== undefined) throw new ExitError(Exit.usage, `phase show takes no phase: ${to}`, 'aegis-console phase set PHASE sets it')
    return await show(context)
  }
  if (to === undefined) throw new ExitError(Exit.usage, 'phase set PHASE: the phase is missing', 'aegis-console phase shows where it is')
  const reason = await reasonFor(context, options, `set the phase ${to}`)
  return await send(context, await openLink(context, OPERATE), { kind: 'phase', to: to as Phase, force: options.force === true }, reason)
}

const show = async (context: Context): Promise<number> => {
  const seen = await see(context)
  const risk = seen.snapshot?.risk ?? null
  if (context.json) printJson(context, { running: seen.running, asOf: seen.snapshot?.asOf ?? null, phase: risk?.phase ?? null })
  else if (risk !== null) context.out(text(risk))
  if (seen.running && risk === null) note(context, 'the orchestrator has not said yet')
  if (!seen.running) note(context, `${seen.failure.message}; last known at ${time(seen.snapshot?.asOf)}`)
  return seen.running ? Exit.done : Exit.notRunning
}

const text = ({ phase: { now, since, next, gatePassed, failures, metrics } }: NonNullable<Snapshot['risk']>): string =>
  facts([
    ['phase', now],
    ['since', time(since)],
    ...Object.entries(metrics).map(([name, value]) => [name, value] as const),
    ['next', next ?? 'none: this is the last'],
    ...(next === null ? [] : [['gate', gatePassed ? 'holds' : 'does not hold'] as const]),
    ...(next === null ? [] : failures.map((failure) => ['lacks', failure] as const)),
  ])
