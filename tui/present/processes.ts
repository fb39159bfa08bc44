import type { ChildState } from '../../src/contracts/engine.ts'
import type { ProcessView, SingletonView } from '../../src/contracts/snapshot.ts'
import type { Tone } from '../theme.ts'
import type { Line } from './line.ts'
import { emptyLine, listPane, type PaneLook } from './pane.ts'
import type { Column } from './table.ts'
import { age, dateTime } from './time.ts'

const TONES: Readonly<Record<ChildState, Tone>> = {
  ready: 'good',
  starting: 'warning',
  waiting: 'warning',
  stopping: 'warning',
  stuck: 'alarm',
  failed: 'alarm',
  down: 'danger',
}

const columns = (now: number): readonly Column<ProcessView>[] => [
  { head: 'PROCESS', width: 12, keep: 9, text: ({ name }) => name },
  { head: 'STATE', width: 8, keep: 8, figure: true, text: ({ state }) => state.toUpperCase(), tone: ({ state }) => TONES[state] },
  { head: 'PID', width: 8, keep: 6, right: true, text: ({ pid }) => (pid === null ? '-' : String(pid)) },
  {
    head: 'RESTARTS',
    width: 8,
    keep: 5,
    right: true,
    text: ({ restarts }) => String(restarts),
    tone: ({ restarts }) => (restarts > 0 ? 'warning' : 'text'),
  },
  {
    head: 'PROGRESS',
    width: 8,
    keep: 7,
    right: true,
    figure: true,
    text: ({ lastProgressAt }) => (lastProgressAt === null ? '-' : age(now - lastProgressAt)),
  },
  { head: 'REASON', width: 6, keep: 4, text: ({ reason }) => reason },
]

/** The engine's processes, and in the last row who holds the lock of the account. */
export const presentProcesses = (
  processes: readonly ProcessView[],
  singleton: SingletonView | null,
  selected: number,
  empty: string,
  now: number,
  look: PaneLook,
): readonly Line[] => {
  const ready = processes.filter(({ state }) => state === 'ready').length
  const lockRow = singleton !== null && look.height >= processes.length + 3
  const lines = listPane<ProcessView>({
    ...look,
    height: lockRow ? look.height - 1 : look.height,
    name: 'Processes',
    note: [
      {
        text: processes.length === 0 ? '' : `${look.old ? '~' : ''}${ready} of ${processes.length} ready`,
        tone: ready === processes.length ? 'muted' : 'danger',
      },
      ...(singleton === null ? [] : [lockWord(singleton, look.old)]),
    ],
    columns: columns(now),
    rows: processes,
    selected,
    empty,
  })
  return lockRow && singleton !== null
    ? [...lines, ...Array.from({ length: Math.max(0, look.height - 1 - lines.length) }, () => []), lockLine(singleton)]
    : lines
}

const lockWord = ({ held }: SingletonView, old: boolean): Line[number] =>
  held ? { text: `  ${old ? '~' : ''}lock held`, tone: 'muted' } : { text: '  LOCK NOT HELD', tone: 'alarm' }

const lockLine = ({ held, venue, account, since, violations }: SingletonView): Line =>
  emptyLine(
    `lock ${held ? 'held' : 'NOT HELD'} since ${dateTime(since)}  ${violations} refused start${violations === 1 ? '' : 's'}  ${venue} ${account}`,
    held ? 'muted' : 'alarm',
  )
