import { Rows } from '../parts/rows.tsx'
import { presentCycles } from '../present/cycles.ts'
import { emptyText, oldNote } from '../present/empty.ts'
import { presentGuards } from '../present/guards.ts'
import { presentLogs } from '../present/logs.ts'
import type { PaneLook } from '../present/pane.ts'
import { presentPositions } from '../present/positions.ts'
import { presentProcesses } from '../present/processes.ts'
import { presentSignals } from '../present/signals.ts'
import type { Area } from '../store/layout.ts'
import { isOld, selectCycles, selectedIndex, selectGuards, selectPositions, selectProcesses } from '../store/select.ts'
import type { ListPane, PaneName } from '../store/state.ts'
import { type ConsoleStore, useConsole, type ViewProps } from '../store/use-console.ts'

export type PaneProps = ViewProps & { readonly area: Area }

/** What every list pane asks of the state. */
const useList = (
  store: ConsoleStore,
  pane: ListPane,
  { width, height }: Area,
): { readonly look: PaneLook; readonly selected: number; readonly empty: string } => {
  const focused = useConsole(store, (state) => state.pane === pane)
  const old = useConsole(store, isOld)
  const note = useConsole(store, oldNote)
  const selected = useConsole(store, (state) => selectedIndex(state, pane))
  const empty = useConsole(store, (state) => emptyText(state, pane))
  return { look: { width, height, focused, old, oldNote: note }, selected, empty }
}

const CyclesPane = ({ store, area }: PaneProps) => {
  const { look, selected, empty } = useList(store, 'cycles', area)
  const cycles = useConsole(store, selectCycles)
  const newest = useConsole(store, ({ snapshot }) => snapshot?.cycle ?? null)
  return <Rows lines={presentCycles(cycles, newest, selected, empty, look)} width={area.width} height={area.height} />
}

const ProcessesPane = ({ store, area }: PaneProps) => {
  const { look, selected, empty } = useList(store, 'processes', area)
  const processes = useConsole(store, selectProcesses)
  const singleton = useConsole(store, ({ snapshot }) => snapshot?.singleton ?? null)
  const now = useConsole(store, (state) => state.now)
  return <Rows lines={presentProcesses(processes, singleton, selected, empty, now, look)} width={area.width} height={area.height} />
}

const PositionsPane = ({ store, area }: PaneProps) => {
  const { look, selected, empty } = useList(store, 'positions', area)
  const positions = useConsole(store, selectPositions)
  const account = useConsole(store, ({ snapshot }) => snapshot?.account ?? null)
  return <Rows lines={presentPositions(positions, account, selected, empty, look)} width={area.width} height={area.height} />
}

const GuardsPane = ({ store, area }: PaneProps) => {
  const { look, selected, empty } = useList(store, 'guards', area)
  const guards = useConsole(store, selectGuards)
  return <Rows lines={presentGuards(guards, selected, empty, look)} width={area.width} height={area.height} />
}

const SignalsPane = ({ store, area }: PaneProps) => {
  const { look, empty } = useList(store, 'signals', area)
  const signals = useConsole(store, ({ snapshot }) => snapshot?.signals ?? null)
  const feedClock = useConsole(store, ({ snapshot }) => snapshot?.feed.clock ?? null)
  return <Rows lines={presentSignals(signals, empty, feedClock, look)} width={area.width} height={area.height} />
}

const LogsPane = ({ store, area }: PaneProps) => {
  const focused = useConsole(store, (state) => state.pane === 'logs')
  const logs = useConsole(store, (state) => state.logs)
  const source = useConsole(store, (state) => state.logSource)
  const live = useConsole(store, (state) => state.link.kind === 'live')
  return <Rows lines={presentLogs(logs, source, { width: area.width, height: area.height, focused, live })} width={area.width} height={area.height} />
}

/** The view of each pane. */
export const PANE_VIEWS: Readonly<Record<PaneName, (props: PaneProps) => React.JSX.Element>> = {
  cycles: CyclesPane,
  processes: ProcessesPane,
  positions: PositionsPane,
  guards: GuardsPane,
  signals: SignalsPane,
  logs: LogsPane,
}
