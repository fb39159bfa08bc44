import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { Exit } from '../../src/exit.ts'
import type { CommandFunction, Context } from './context.ts'
import { type Seen, see } from './engine.ts'
import { complaints } from './health.ts'
import { digits, duration, facts, note, printJson, table, time } from './print.ts'

/** What the engine is and does. `--check` answers by the exit code: 0 healthy, 1 not and why. */
export const status: CommandFunction = async (context, _, options) => {
  const seen = await see(context)
  const reasons = options.check === true && seen.running ? complaints(seen.snapshot) : []
  if (context.json) printJson(context, document(context, seen, options.check === true ? reasons : null))
  else if (seen.snapshot !== null) context.out(statusLines(seen.snapshot, seen.running, context.clock.now()))
  if (!seen.running) {
    note(context, `${seen.failure.message}${seen.snapshot === null ? '' : `; this is what it was at ${time(seen.snapshot.asOf)}`}`)
    return Exit.notRunning
  }
  for (const reason of reasons) note(context, `unhealthy: ${reason}`)
  return reasons.length === 0 ? Exit.done : Exit.checkFalse
}

/** A script sees one shape whether an engine runs or not; what cannot be true of a dead one is not repeated from its last snapshot. */
const document = ({ instance }: Context, seen: Seen, reasons: readonly string[] | null): object => {
  const health = reasons === null ? {} : { healthy: seen.running && reasons.length === 0, reasons: seen.running ? reasons : [seen.failure.message] }
  if (seen.running) return { running: true, ...health, ...seen.snapshot }
  const { snapshot } = seen
  if (snapshot === null) return { running: false, ...health, instance, asOf: null }
  return {
    running: false,
    ...health,
    ...snapshot,
    engine: { ...snapshot.engine, state: 'stopped', pid: null },
    processes: snapshot.processes.map((process) => ({ ...process, state: 'down', pid: null })),
    singleton: { ...snapshot.singleton, held: false },
  }
}

/** The snapshot as lines for people and for a terminal that cannot draw. */
export const statusLines = (snapshot: Snapshot, running: boolean, now: number): string => {
  const { engine, feed, account, cycle, ledger, singleton, signals } = snapshot
  const rejects = Object.entries(feed.rejectsByRule).map(([rule, count]) => `${rule} ${count}`)
  return [
    facts([
      ['instance', `${snapshot.instance}  ${snapshot.mode} (${snapshot.modeOrigin})`],
      [
        'engine',
        running
          ? `${engine.state.toUpperCase()}  wants ${engine.desired}  ${engine.reason}`
          : `NOT RUNNING  was ${engine.state} at ${time(snapshot.asOf)}`,
      ],
      [
        'process',
        `${running ? `pid ${engine.pid}  up ${duration(now - engine.startedAt)}` : `was pid ${engine.pid}, started ${time(engine.startedAt)}`}  version ${engine.version}  settings ${engine.configHash.slice(0, 12)}`,
      ],
      [
        'account',
        `${singleton.account}  ${running && singleton.held ? 'held' : 'NOT HELD, was'} since ${time(singleton.since)}  ${singleton.violations} violations`,
      ],
      [
        'equity',
        `${account.equity ?? 'unknown'} ${account.currency}  cash ${account.cash ?? 'unknown'}  realised ${account.realised}  fees ${account.fees}`,
      ],
      [
        'feed',
        `${feed.source}  ${feed.state}  ${feed.rows} rows = ${feed.bars} bars + ${feed.rejects} rejects${rejects.length === 0 ? '' : ` (${rejects.join(', ')})`}`,
      ],
      [
        'cycle',
        cycle === null ? 'none yet' : `${cycle.number}  ${cycle.trigger}  ${cycle.durationMs.toFixed(2)} ms  ${time(cycle.at)}  ${cycle.result}`,
      ],
      ['ledger', `sequence ${ledger.sequence}  ${ledger.cycles} cycles  ${ledger.bytes} bytes  ${ledger.state}`],
      [
        'signals',
        `${signals.total}  ${Object.entries(signals.byState)
          .filter(([, count]) => count > 0)
          .map(([state, count]) => `${state} ${count}`)
          .join('  ')}`,
      ],
      ['positions', `${snapshot.positions.length} open`],
      ...riskFacts(snapshot.risk),
    ]),
    snapshot.processes.length === 0 ? '' : `\n${processTable(snapshot, now)}`,
    feed.instruments.length === 0 ? '' : `\n${instrumentTable(snapshot)}`,
    ...snapshot.breakers
      .filter(({ state }) => state !== 'closed')
      .map(({ name, state, reason }) => facts([[`breaker ${name}`, `${state.toUpperCase()}  ${reason}`]])),
    ...snapshot.alerts
      .filter(({ acknowledgedBy }) => acknowledgedBy === null)
      .map(({ id, level, at, text }) => facts([[level.toUpperCase(), `${time(at)}  #${id} ${text}`]])),
  ].join('')
}

const percent = (share: number | null): string => (share === null ? 'unknown' : `${digits(share * 100)}%`)

/** Lines that say nothing are left out: a phase and a day there always are. */
const riskFacts = (risk: Snapshot['risk'] | undefined): readonly (readonly [string, unknown])[] => {
  if (risk === null || risk === undefined) return []
  const { day, emotional, profitLock, phase, degradation } = risk
  return [
    ['risk', `peak ${risk.peak}  drawdown ${percent(risk.drawdown)}  ${risk.losses} losses and ${risk.wins} wins in a row`],
    ...(day === null
      ? []
      : [
          [
            'day',
            `${day.day}  profit ${day.profit ?? 'unknown'}  best ${day.best}  ${day.orders} orders  ${day.entries} entries${profitLock.locked ? '  LOCKED' : ''}`,
          ] as const,
        ]),
    ['phase', `${phase.now}${phase.next === null ? '' : `  next ${phase.next}: ${phase.gatePassed ? 'its gate holds' : phase.failures.join('; ')}`}`],
    ...(emotional.active ? [['emotional', `sizes x ${emotional.factor}: ${emotional.reason}`] as const] : []),
    ...(degradation.level === 'full' ? [] : [['degraded', `${degradation.level}: ${degradation.reason}`] as const]),
    ...risk.killSwitches.map(({ origin, at, reason }) => ['KILL SWITCH', `${origin}  since ${time(at)}  ${reason}`] as const),
  ]
}

const processTable = ({ processes }: Snapshot, now: number): string =>
  table(
    [
      { head: 'PROCESS', of: ({ name }) => name },
      { head: 'STATE', of: ({ state }) => state.toUpperCase() },
      { head: 'PID', right: true, of: ({ pid }) => pid },
      { head: 'RESTARTS', right: true, of: ({ restarts }) => restarts },
      { head: 'PROGRESS', right: true, of: ({ lastProgressAt }) => duration(lastProgressAt === null ? null : now - lastProgressAt) },
      { head: 'REASON', of: ({ reason }) => reason },
    ],
    processes,
  )

const instrumentTable = ({ feed }: Snapshot): string =>
  table(
    [
      { head: 'SYMBOL', of: ({ symbol }) => symbol },
      { head: 'BARS', right: true, of: ({ bars, timeframe }) => `${bars} x ${timeframe}` },
      { head: 'LAST', right: true, of: ({ lastPrice }) => lastPrice },
      { head: 'AT', of: ({ lastAt }) => time(lastAt) },
      { head: 'FRESH', of: ({ stale }) => (stale ? 'STALE' : 'yes') },
    ],
    feed.instruments,
  )
