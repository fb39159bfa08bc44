import type { ChildState } from '../../src/contracts/engine.ts'
import type { ProcessView, SingletonView, Snapshot } from '../../src/contracts/snapshot.ts'
import { emptyText } from '../present/empty.ts'
import { modeWord } from '../present/identity.ts'
import type { Line } from '../present/line.ts'
import { emptyLine, HEAD_ROWS } from '../present/pane.ts'
import type { Column } from '../present/table.ts'
import { age, dateTime } from '../present/time.ts'
import { isOld } from '../store/select.ts'
import type { ConsoleState } from '../store/state.ts'
import type { Tone } from '../theme.ts'
import type { ListDefinition } from './list.ts'

const TONES: Readonly<Record<ChildState, Tone>> = {
  ready: 'good',
  starting: 'warning',
  waiting: 'warning',
  stopping: 'warning',
  stuck: 'alarm',
  failed: 'alarm',
  down: 'danger',
}
const NONE: readonly never[] = []

const columns = ({ now }: ConsoleState): readonly Column<ProcessView>[] => [
  { head: 'PROCESS', width: 12, keep: 9, text: ({ name }) => name },
  { head: 'STATE', width: 8, keep: 8, figure: true, text: ({ state }) => state.toUpperCase(), tone: ({ state }) => TONES[state] },
  { head: 'PID', width: 8, keep: 6, right: true, text: ({ pid }) => (pid === null ? '-' : String(pid)), sort: ({ pid }) => pid },
  {
    head: 'RESTARTS',
    width: 8,
    keep: 5,
    right: true,
    text: ({ restarts }) => String(restarts),
    tone: ({ restarts }) => (restarts > 0 ? 'warning' : 'text'),
    sort: ({ restarts }) => restarts,
  },
  {
    head: 'PROGRESS',
    width: 8,
    keep: 7,
    right: true,
    figure: true,
    text: ({ lastProgressAt }) => (lastProgressAt === null ? '-' : age(now - lastProgressAt)),
    sort: ({ lastProgressAt }) => lastProgressAt,
  },
  { head: 'REASON', width: 6, keep: 4, text: ({ reason }) => reason },
]

const lockWord = ({ held }: SingletonView, old: boolean): Line[number] =>
  held ? { text: `  ${old ? '~' : ''}lock held`, tone: 'muted' } : { text: '  LOCK NOT HELD', tone: 'alarm' }

const lockLine = ({ held, venue, account, since, violations }: SingletonView): Line =>
  emptyLine(
    `lock ${held ? 'held' : 'NOT HELD'} since ${dateTime(since)}  ${violations} refused start${violations === 1 ? '' : 's'}  ${venue} ${account}`,
    held ? 'muted' : 'alarm',
  )

/** What runs here and where its mode came from; when it began, since an age would be drawn anew each second. */
const aboutLine = ({ engine, mode, modeOrigin }: Snapshot): Line =>
  emptyLine(
    `mode ${modeWord(mode)} from ${modeOrigin}  pid ${engine.pid} since ${dateTime(engine.startedAt)}  version ${engine.version}  config ${engine.configHash.slice(0, 12)}`,
  )

/** The engine's processes, and in the last rows what it is and who holds the lock of the account. */
export const processes: ListDefinition<ProcessView> = {
  pane: 'processes',
  name: 'Processes',
  rows: ({ snapshot }) => snapshot?.processes ?? NONE,
  key: ({ name }) => name,
  columns,
  note: (state, rows) => {
    const ready = rows.filter(({ state: each }) => each === 'ready').length
    const old = isOld(state)
    return [
      {
        text: rows.length === 0 ? '' : `${old ? '~' : ''}${ready} of ${rows.length} ready`,
        tone: ready === rows.length ? 'muted' : 'danger',
      },
      ...(state.snapshot === null ? [] : [lockWord(state.snapshot.singleton, old)]),
    ]
  },
  empty: (state) => emptyText(state, 'processes', 'no process'),
  time: ({ startedAt }) => startedAt,
  record: (row) => row,
  foot: ({ snapshot }, look) => {
    const room = snapshot === null ? 0 : look.height - snapshot.processes.length - HEAD_ROWS
    return snapshot === null || room < 1 ? [] : [...(room < 2 ? [] : [aboutLine(snapshot)]), lockLine(snapshot.singleton)]
  },
  live: true,
}
