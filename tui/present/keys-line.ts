import { type KeyRow, rowsNow } from '../keymap.ts'
import type { ConsoleState } from '../store/state.ts'
import { type Line, lineWidth, type Segment } from './line.ts'

const hintOf = (row: KeyRow, state: ConsoleState): string | null => (typeof row.hint === 'function' ? row.hint(state) : (row.hint ?? null))

/** What must be readable on the narrowest screen, first. */
const FIRST: readonly string[] = [
  'detach',
  'back',
  'help',
  'pauseResume',
  'accept',
  'confirm',
  'halt',
  'freeze',
  'filter',
  'nextPane',
  'flatten',
  'moreLevels',
  'fewerLevels',
  'zoom',
]

const urgency = ({ command }: KeyRow): number => {
  const index = FIRST.indexOf(command)
  return index < 0 ? FIRST.length : index
}

/** The last line: keys that do something now, as many as fit, in the order of the table. */
export const presentKeys = (state: ConsoleState, width: number): Line => {
  const rows = rowsNow(state).filter((row) => hintOf(row, state) !== null && row.unavailable(state) === null)
  const kept = new Set<KeyRow>()
  for (const row of [...rows].sort((a, b) => urgency(a) - urgency(b))) {
    const next = new Set([...kept, row])
    if (
      lineWidth(
        lineOf(
          rows.filter((candidate) => next.has(candidate)),
          state,
        ),
      ) <= width
    )
      kept.add(row)
  }
  return lineOf(
    rows.filter((row) => kept.has(row)),
    state,
  )
}

const lineOf = (rows: readonly KeyRow[], state: ConsoleState): Line =>
  rows.flatMap((row, index): Segment[] => [
    { text: index === 0 ? ' ' : '  ' },
    { text: row.key, tone: 'key' },
    { text: ` ${hintOf(row, state)}`, tone: 'muted' },
  ])
