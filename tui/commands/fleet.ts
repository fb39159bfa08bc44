import { Exit } from '../../src/exit.ts'
import { VERSION } from '../../src/version.ts'
import { createFleetWatch } from '../fleet/fleet.ts'
import { localActor } from '../link/actor.ts'
import type { Fleet, FleetEngine } from '../store/state.ts'
import type { CommandFunction, Context } from './context.ts'
import { note, printJson, table, time } from './print.ts'

/** All instances of this host and user: exit 0 where one of them answers, 3 where none does. */
export const fleet: CommandFunction = async (context) => {
  const { engines, problem } = await lookAt(context)
  if (context.json) printJson(context, { home: context.home, problem, engines: engines.map(summary) })
  else if (engines.length > 0) context.out(table(COLUMNS, engines.map(summary)))
  if (problem !== null) note(context, problem)
  else if (engines.length === 0) note(context, `no instance in ${context.home}`)
  return engines.some(({ link }) => link.kind === 'live') ? Exit.done : Exit.notRunning
}

const lookAt = async ({ env, home, clock }: Context): Promise<Fleet> => {
  const { promise, resolve } = Promise.withResolvers<Fleet>()
  const watch = createFleetWatch({ env, home, client: localActor(env), version: VERSION, clock, onFleet: resolve })
  try {
    watch.open()
    return await promise
  } finally {
    watch.close()
  }
}

/** What of an engine is compared with others. Without an answer its state is that of its files, and past. */
const summary = ({ instance, snapshot, link }: FleetEngine) => ({
  instance,
  answers: link.kind === 'live',
  role: link.kind === 'live' ? link.role : null,
  reason: link.kind === 'none' ? link.reason : link.kind === 'gone' ? 'it does not answer any more' : null,
  mode: snapshot?.mode ?? null,
  state: snapshot?.engine.state ?? null,
  desired: snapshot?.engine.desired ?? null,
  pid: snapshot?.engine.pid ?? null,
  cycle: snapshot?.cycle?.number ?? null,
  breakers: snapshot?.breakers.filter(({ state }) => state !== 'closed').map(({ name }) => name) ?? null,
  positions: snapshot?.positions.length ?? null,
  equity: snapshot?.equity ?? null,
  asOf: snapshot?.asOf ?? null,
})
type Summary = ReturnType<typeof summary>

const COLUMNS = [
  { head: 'INSTANCE', of: ({ instance }: Summary) => instance },
  { head: 'MODE', of: ({ mode }: Summary) => (mode === 'live' ? '!LIVE!' : mode?.toUpperCase()) },
  { head: 'STATE', of: ({ state, answers }: Summary) => (state === null ? null : answers ? state.toUpperCase() : `was ${state}`) },
  { head: 'PID', right: true, of: ({ pid, answers }: Summary) => (answers ? pid : null) },
  { head: 'CYCLE', right: true, of: ({ cycle }: Summary) => cycle },
  { head: 'BREAKERS', of: ({ breakers }: Summary) => (breakers === null ? null : breakers.length === 0 ? 'all closed' : breakers.join(',')) },
  { head: 'OPEN', right: true, of: ({ positions }: Summary) => positions },
  { head: 'EQUITY', right: true, of: ({ equity }: Summary) => equity },
  { head: 'AS OF', of: ({ asOf }: Summary) => (asOf === null ? null : time(asOf)) },
  { head: 'LINK', of: ({ answers, role, reason }: Summary) => (answers ? `answers (${role})` : reason) },
]
