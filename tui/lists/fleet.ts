import { amount } from '../present/number.ts'
import type { Column } from '../present/table.ts'
import { age, timeText } from '../present/time.ts'
import type { ConsoleState, FleetEngine } from '../store/state.ts'
import type { ListDefinition } from './list.ts'

const columns = ({ now, marked, identity }: ConsoleState): readonly Column<FleetEngine>[] => [
  { head: 'MARK', width: 4, keep: 8, text: ({ instance }) => (marked.includes(instance) ? '[x]' : '[ ]') },
  { head: 'ENGINE', width: 12, keep: 9, text: ({ instance }) => (instance === identity.instance ? `${instance} *` : instance) },
  {
    head: 'MODE',
    width: 8,
    keep: 8,
    text: ({ snapshot }) => (snapshot === null ? '-' : snapshot.mode === 'live' ? '!LIVE!' : snapshot.mode.toUpperCase()),
    tone: ({ snapshot }) => (snapshot?.mode === 'live' ? 'live' : 'text'),
  },
  {
    head: 'STATE',
    width: 12,
    keep: 9,
    text: ({ snapshot, link }) =>
      snapshot === null ? '?' : link.kind === 'live' ? snapshot.engine.state.toUpperCase() : `was ${snapshot.engine.state}`,
    tone: ({ snapshot, link }) => (link.kind !== 'live' ? 'stale' : snapshot?.engine.state === 'running' ? 'good' : 'warning'),
  },
  {
    head: 'CYCLE',
    width: 9,
    keep: 5,
    right: true,
    text: ({ snapshot }) => String(snapshot?.cycle?.number ?? '-'),
    sort: ({ snapshot }) => snapshot?.cycle?.number ?? null,
  },
  { head: 'AGE', width: 7, keep: 6, right: true, text: ({ snapshot }) => (snapshot?.cycle == null ? '-' : age(now - snapshot.cycle.at)) },
  {
    head: 'BRK',
    width: 4,
    keep: 7,
    right: true,
    text: ({ snapshot }) => (snapshot === null ? '-' : String(snapshot.breakers.filter(({ state }) => state !== 'closed').length)),
    tone: ({ snapshot }) => (snapshot?.breakers.some(({ state }) => state !== 'closed') ? 'danger' : 'text'),
  },
  {
    head: 'EQUITY',
    width: 14,
    keep: 6.5,
    right: true,
    text: ({ snapshot }) => (snapshot === null ? '-' : amount(snapshot.equity)),
    sort: ({ snapshot }) => (snapshot?.equity == null ? null : Number(snapshot.equity)),
  },
  {
    head: 'LINK',
    width: 12,
    keep: 8,
    text: ({ link }) =>
      link.kind === 'live'
        ? `ok ${age(now - link.heardAt)}`
        : link.kind === 'gone'
          ? `LOST ${link.since === null ? '' : age(now - link.since)}`
          : link.reason,
    tone: ({ link }) => (link.kind === 'live' ? 'good' : link.kind === 'gone' ? 'alarm' : 'muted'),
  },
]

/** All instances of this home and user, with the engine of each where one answers. */
export const fleet: ListDefinition<FleetEngine> = {
  pane: 'fleet',
  name: 'Fleet',
  rows: (state) => state.fleet.engines,
  key: ({ instance }) => instance,
  columns,
  note: ({ fleet: { engines }, marked }) => [
    { text: `${engines.length} instances  ${engines.filter(({ link }) => link.kind === 'live').length} reachable`, tone: 'muted' },
    ...(marked.length === 0 ? [] : [{ text: `  ${marked.length} marked`, tone: 'key' as const }]),
  ],
  empty: ({ fleet: { problem }, now, clock, startedAt }) =>
    problem ?? `no instance in this home, empty since ${timeText(startedAt, clock, now)} as seen from here`,
  time: () => null,
  record: ({ instance, snapshot }) => ({
    instance,
    mode: snapshot?.mode ?? null,
    state: snapshot?.engine.state ?? null,
    equity: snapshot?.equity ?? null,
  }),
  live: false,
}
