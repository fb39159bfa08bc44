import { join } from 'node:path'
import type { Signal } from '../../src/contracts/signal.ts'
import type { PipelineView, Snapshot } from '../../src/contracts/snapshot.ts'
import { Exit } from '../../src/exit.ts'
import { type CommandFunction, type Context, type Options, text } from './context.ts'
import { countOf } from './count.ts'
import { see } from './engine.ts'
import { digits, duration, facts, note, printJson, printList, table, time } from './print.ts'
import { lastRecords } from './records.ts'
import { sinceOf } from './since.ts'
import { demandSource } from './source.ts'

/** A signal with the state it is in now. */
type SignalRow = { readonly id: string; readonly state: string; readonly stateReason: string; readonly signal: Partial<Signal> }
type Generated = { readonly signal_id: string; readonly signal: Partial<Signal> | undefined }

/** Options that leave signals out. */
const NARROWING = ['state', 'symbol', 'strategy', 'since'] as const

/** Signals with their present state, newest last. Works without an engine. */
export const signals: CommandFunction = async (context, _, options) => {
  if (options.pipeline === true) return await pipeline(context)
  const rows = await lastSignals(context, countOf(options), options)
  printList(
    context,
    [
      { head: 'SIGNAL', of: ({ id }) => id },
      { head: 'AT', of: ({ signal }) => time(signal.at) },
      { head: 'SIDE', of: ({ signal }) => signal.side?.toUpperCase() },
      { head: 'PRICE', right: true, of: ({ signal }) => signal.price },
      { head: 'STATE', of: ({ state }) => state },
      { head: 'STRATEGY', of: ({ signal }) => signal.strategy },
      { head: 'REASON', of: ({ stateReason }) => stateReason },
    ],
    rows,
    NARROWING.some((name) => options[name] !== undefined) ? 'no recorded signal is like that now' : 'no signals recorded',
  )
  return Exit.done
}

/** How signals get through, as the running engine says. */
const pipeline = async (context: Context): Promise<number> => {
  const seen = await see(context)
  const signals = seen.snapshot?.signals
  const view = signals?.pipeline ?? null
  if (context.json) printJson(context, { running: seen.running, asOf: seen.snapshot?.asOf ?? null, ...signals })
  else if (signals !== undefined && view !== null) context.out(pipelineText(signals, view))
  if (seen.running && view === null) note(context, 'the orchestrator has not said yet')
  if (!seen.running) note(context, `${seen.failure.message}; last known at ${time(seen.snapshot?.asOf)}`)
  return seen.running ? Exit.done : Exit.notRunning
}

const pipelineText = ({ total, byState, lastAt }: Snapshot['signals'], view: PipelineView): string => {
  const seconds = (value: number): string => `${digits(value)}s`
  return [
    facts([
      ['pipeline', `${view.status}  ${view.reason}`],
      ['signals', `${total}  last ${time(lastAt)}`],
      ...Object.entries(byState).map(([state, count]) => [state, count] as const),
      ['throughput', `${view.perHour} in the last hour, ${digits(view.perMinute)} a minute, ${view.lastMinute} in the last minute`],
      [
        'decay',
        view.decay === null
          ? null
          : `min ${seconds(view.decay.min)}  median ${seconds(view.decay.median)}  p90 ${seconds(view.decay.p90)}  max ${seconds(view.decay.max)}  of ${view.decay.count}`,
      ],
      ['stuck', view.stuckCount],
    ]),
    view.bySource.length === 0
      ? ''
      : `\n${table(
          [
            { head: 'SOURCE', of: ({ source }) => source },
            { head: 'SIGNALS', right: true, of: ({ signals }) => signals },
            { head: 'APPROVED', right: true, of: ({ approved }) => approved },
            { head: 'BLOCKED', right: true, of: ({ blocked }) => blocked },
            { head: 'EXECUTED', right: true, of: ({ executed }) => executed },
            { head: 'EXPIRED', right: true, of: ({ expired }) => expired },
            { head: 'LAST', of: ({ lastAt: at }) => time(at) },
          ],
          view.bySource,
        )}`,
    view.stuck.length === 0
      ? ''
      : `\n${table(
          [
            { head: 'STUCK', of: ({ signalId }) => signalId },
            { head: 'STATE', of: ({ state }) => state },
            { head: 'SINCE', of: ({ since }) => time(since) },
            { head: 'FOR', right: true, of: ({ ageMs }) => duration(ageMs) },
            { head: 'STRATEGY', of: ({ strategy }) => strategy },
          ],
          view.stuck,
        )}`,
  ].join('')
}

/**
 * The bus is read from its end: the first line met for a signal tells its present state, and the line that made it, met last,
 * tells the rest. So the file is read only as far back as needed.
 */
const lastSignals = async (context: Context, count: number, options: Options): Promise<SignalRow[]> => {
  const since = await sinceOf(context, options)
  const [state, symbol, strategy] = [text(options, 'state'), text(options, 'symbol'), text(options, 'strategy')]
  const present = new Map<string, { readonly state: string; readonly reason: string }>()

  const bus = join(context.paths.streams, 'signal_bus.jsonl')
  demandSource(context.paths, 'streams', bus)
  const made = lastRecords<Generated>(context, bus, count, (fields) => {
    const id = String(fields.signal_id)
    if (fields.event_type === 'state_change') {
      if (!present.has(id)) present.set(id, { state: String(fields.new_state), reason: String(fields.reason ?? '') })
      return false
    }
    if (fields.event_type !== 'signal_generated') return false
    const now = present.get(id) ?? { state: 'generated', reason: '' }
    present.set(id, now)
    const signal = (fields.signal ?? {}) as Partial<Signal>
    return (
      (state === undefined || now.state === state) &&
      (symbol === undefined || signal.symbol === symbol) &&
      (strategy === undefined || signal.strategy === strategy) &&
      (since === null || (signal.at ?? 0) >= since)
    )
  })
  return made.map(({ signal_id: id, signal = {} }) => ({
    id,
    state: present.get(id)?.state ?? '',
    stateReason: present.get(id)?.reason ?? '',
    signal,
  }))
}
