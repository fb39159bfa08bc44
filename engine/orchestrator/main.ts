import { randomUUID } from 'node:crypto'
import { openPaperVenue } from '../brokers/paper.ts'
import type { ChildMain } from '../child/port.ts'
import { moneyFrom, scaleOf } from '../core/money.ts'
import { type Rules, rulesFrom } from '../core/rules.ts'
import { emptyState } from '../core/state.ts'
import { type Ledger, openLedger } from '../ledger/ledger.ts'
import { openStreams } from '../ledger/streams.ts'
import type { Boot } from '../supervisor/messages.ts'
import { openTapeReader } from '../tape/reader.ts'
import { watchSwitch } from './kill-switch.ts'
import { recover } from './recover.ts'
import { createOrchestrator } from './run.ts'
import { stateFiles } from './state-files.ts'
import { createSurroundings } from './surroundings.ts'

/** Eight hex digits of a random id: with the sequence behind it, short enough for every venue's client order id. */
const makeLedgerId = (): string => randomUUID().slice(0, 8)

export const rulesOf = (boot: Pick<Boot, 'config' | 'instruments'>): Rules => rulesFrom(boot.config, boot.instruments, boot.instruments.map(scaleOf))

/** What the account began with is written once: another amount in the settings later must not change the past. */
const startingCash = (ledger: Ledger, configured: string): string => {
  const known = ledger.meta('startingCash')
  if (known === null) ledger.setMeta('startingCash', configured)
  return known ?? configured
}

/** Real ports around the loop of `run.ts`. */
export const main: ChildMain = async (context) => {
  const { boot, paths, shared, log, clock, send } = context
  const rules = rulesOf(boot)
  const ledger = openLedger(paths.ledger, makeLedgerId)
  const tape = openTapeReader(paths.tape)
  const empty = emptyState({
    ledgerId: ledger.id,
    mode: boot.mode,
    cash: moneyFrom(startingCash(ledger, boot.config.paper.startingCash)),
    symbols: rules.scales.map((scale) => scale.symbol),
  })
  let ledgerTrouble: string | null = null
  const recovered = recover(rules, ledger, tape, empty, (reason) => {
    ledgerTrouble ??= reason
    log.error({ reason }, 'a checkpoint is left out')
  })
  const streams = openStreams(
    paths,
    ledger,
    {
      mode: boot.mode,
      account: boot.account,
      ledgerId: ledger.id,
      sessionId: `${boot.instance}-${boot.startedAt}`,
      version: boot.version,
      configHash: boot.configHash,
      scales: rules.scales,
    },
    (path) => log.error({ path }, 'streams were deleted or moved while they were written; they are made anew from the ledger'),
  )
  const broker = openPaperVenue(paths.paperVenue, rules.scales, boot.config.paper)
  const orchestrator = createOrchestrator(
    {
      boot,
      rules,
      ledger,
      tape,
      broker,
      streams,
      shared,
      clock,
      log,
      send,
      heartbeatPath: paths.heartbeat,
      stateFiles: stateFiles(paths),
      surroundings: createSurroundings({ boot, files: paths, broker, clock, ledgerTrouble }),
      watchSwitch: (onChange) =>
        watchSwitch(paths.killSwitch, onChange, (reason) => log.warn({ reason }, 'the kill switch’s file is looked for, not watched')),
      pid: process.pid,
      supervisorPid: process.ppid,
    },
    recovered,
  )
  orchestrator.run().catch((error: Error) => {
    // A ledger that could not be written leaves with 65: what the disk holds is unknown, and the supervisor latches a halt instead of
    // starting us again. Whoever runs this process knows how to leave, and hears of it as of any error that nobody caught.
    setImmediate(() => {
      throw error
    })
  })
  return {
    onMessage: orchestrator.onMessage,
    drain: (reason) => (reason === 'asked' ? orchestrator.drain('asked to stop', true) : orchestrator.drain('the supervisor is gone', false)),
  }
}
