import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { systemClock } from '../../src/clock.ts'
import { Exit, ExitError } from '../../src/exit.ts'
import { aegisHome, instancePaths } from '../../src/home.ts'
import { inertJson } from '../../src/text.ts'
import { guards } from '../core/guards/index.ts'
import { type Ledger, openLedger } from '../ledger/ledger.ts'
import { eventsOf, type History, historyOf } from './history.ts'
import { keepProposals, readProposals } from './proposal-store.ts'
import { proposalsFrom } from './proposals.ts'
import { fullReport, guardsReport, REPORT_SEED, shadowReport } from './report.ts'
import { guardsLines, proposalLines, reportLines, shadowLines } from './text.ts'

const HOUR_MS = 3_600_000
const REPORTS = ['shadow', 'guards', 'report', 'proposals'] as const

/**
 * `aegis-engine report WHAT`: 0 with the report, 3 where no engine has ever recorded anything here, 64 for usage, 65 where a file
 * is not ours. It reads the ledger of an engine that may be running; only `proposals` writes, and only its own list.
 */
export const main = async (argv: readonly string[]): Promise<number> => {
  const { values, positionals } = parse(argv)
  const what = REPORTS.find((name) => name === positionals[0])
  if (what === undefined || positionals.length > 1) throw new ExitError(Exit.usage, `report takes one of ${REPORTS.join(', ')}`)
  const hours = values.hours === undefined ? null : Number(values.hours)
  if (hours !== null && !(hours > 0 && hours <= 1_000_000))
    throw new ExitError(Exit.usage, `--hours ${JSON.stringify(values.hours)}: expected a number above zero`)

  const paths = instancePaths(aegisHome(process.env, values.home), values.instance)
  if (!existsSync(paths.ledger))
    throw new ExitError(Exit.notRunning, `${paths.ledger}: no ledger, nothing was ever recorded here`, 'start an engine first')
  const ledger = openLedger(paths.ledger, () => '', { readOnly: true })
  let history: History
  try {
    history = historyWithin(ledger, hours)
  } finally {
    ledger.close()
  }
  const now = systemClock.now()
  if (what === 'proposals') {
    keepProposals(paths, proposalsFrom(history, guards, REPORT_SEED), now)
    const proposals = readProposals(paths)
    print(values.json, { generated_at: new Date(now).toISOString(), proposals }, () => proposalLines(proposals))
  } else if (what === 'guards') {
    const report = guardsReport(history, now)
    print(values.json, report, () => guardsLines(report))
  } else if (what === 'shadow') {
    const report = shadowReport(history, now)
    print(values.json, report, () => shadowLines(report))
  } else {
    const report = fullReport(history, now)
    print(values.json, report, () => reportLines(report))
  }
  return Exit.done
}

/** The last hours are those of the feed's clock: a replay of an old year ends in that year. */
const historyWithin = (ledger: Ledger, hours: number | null): History => {
  if (hours === null) return historyOf(eventsOf(ledger))
  const { sequence } = ledger.end()
  const last = ledger.events(sequence - 1, 1)[0]
  return historyOf(eventsOf(ledger), last === undefined ? undefined : last.at - hours * HOUR_MS)
}

const print = (json: boolean, report: object, lines: () => string[]): void =>
  void process.stdout.write(json ? `${inertJson(JSON.stringify(report, null, 2))}\n` : `${lines().join('\n')}\n`)

const parse = (argv: readonly string[]) => {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        instance: { type: 'string', default: 'default' },
        home: { type: 'string' },
        hours: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
      strict: true,
    })
  } catch (error) {
    throw new ExitError(Exit.usage, (error as Error).message)
  }
}
