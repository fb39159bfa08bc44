import { Exit, ExitError } from '../../src/exit.ts'
import { VERSION } from '../../src/version.ts'
import { tableLines } from '../charts/present.ts'
import { charts as chartsOf } from '../charts/series.ts'
import { KEYMAP } from '../keymap.ts'
import { plainText } from '../present/line.ts'
import { readRecords } from '../records/records.ts'
import { reduce } from '../store/reduce.ts'
import { type ConsoleState, initialState } from '../store/state.ts'
import { THEME_NAMES } from '../theme.ts'
import { type CommandFunction, type Context, type Options, text } from './context.ts'
import { see } from './engine.ts'
import { note, printJson } from './print.ts'

const HOUR_MS = 3_600_000
const SIZE = { columns: 80, rows: 24 }

/** The figures behind the charts of the console, from the state and the files of an instance. Works without an engine. */
export const charts: CommandFunction = async (context, _, options) => {
  const seen = await see(context)
  const state = stateOf(context, seen.snapshot, hoursOf(options))
  const all = chartsOf(state)
  if (context.json) printJson(context, { running: seen.running, asOf: seen.snapshot?.asOf ?? null, charts: all })
  else context.out(`${all.map((chart) => tableLines(chart, state).map(plainText).join('\n')).join('\n\n')}\n`)
  if (!seen.running) note(context, `${seen.failure.message}; the figures are those of its files`)
  return Exit.done
}

/** @throws ExitError 64 where it is no number of hours. */
const hoursOf = (options: Options): number | null => {
  const given = text(options, 'hours')
  if (given === undefined) return null
  const hours = Number(given)
  if (!Number.isFinite(hours) || hours <= 0) throw new ExitError(Exit.usage, `--hours ${JSON.stringify(given)}: a number of hours above 0`)
  return hours
}

/** As a console would know it after it has looked at everything once. */
const stateOf = ({ clock, instance, paths }: Context, snapshot: ConsoleState['snapshot'], hours: number | null): ConsoleState => {
  const now = clock.now()
  const fresh = initialState({
    identity: { instance, version: VERSION, readOnly: true, root: paths.root },
    size: SIZE,
    now,
    monotonic: clock.monotonic(),
    ascii: false,
    keys: KEYMAP,
    themes: THEME_NAMES,
  })
  const known = snapshot === null ? fresh : reduce(fresh, { kind: 'past', snapshot, problem: null })
  const records = readRecords(paths, clock, ['equity', 'cycles', 'trades', 'shadows', 'decisions'], 'whole')
  const read = reduce(known, { kind: 'records', records })
  return reduce(read, { kind: 'chart', changes: { windowMs: hours === null ? 0 : hours * HOUR_MS } })
}
