import { SIGNAL_STATES } from '../../src/contracts/signal.ts'
import type { Snapshot } from '../../src/contracts/snapshot.ts'
import { type Line, lineWidth, type Segment } from './line.ts'
import { count } from './number.ts'
import { emptyLine, type PaneLook, titleLine } from './pane.ts'
import { age } from './time.ts'

/** How many signals stand in each state, in the order in which a signal goes through them. */
export const presentSignals = (signals: Snapshot['signals'] | null, empty: string, feedClock: number | null, look: PaneLook): readonly Line[] => {
  const note: Line =
    signals === null || signals.total === 0
      ? look.height <= 1
        ? [{ text: empty, tone: 'muted' }]
        : []
      : [{ text: `${count(signals.total)} in all${lastSignal(signals.lastAt, feedClock)}`, tone: look.old ? 'stale' : 'muted' }]
  const old: Line = look.old ? [{ text: `  ${look.oldNote}`, tone: 'warning' }] : []
  const title = titleLine({ name: 'Signals', focused: look.focused, width: look.width, note: [...note, ...old] })
  if (look.height <= 1) return [title]
  if (signals === null || signals.total === 0) return [title, emptyLine(empty)]
  return [title, ...wrap(signals.byState, look).slice(0, look.height - 1)]
}

/** Both times are of the feed's clock. */
const lastSignal = (lastAt: number | null, feedClock: number | null): string =>
  lastAt === null || feedClock === null ? '' : `, last ${age(feedClock - lastAt)} ago`

const wrap = (byState: Readonly<Record<string, number>>, { width, old }: PaneLook): readonly Line[] => {
  const known: readonly string[] = SIGNAL_STATES
  const states = [...known.filter((state) => byState[state] !== undefined), ...Object.keys(byState).filter((state) => !known.includes(state))]
  const lines: Segment[][] = []
  for (const state of states) {
    const part: Segment = {
      text: `  ${state} ${old ? '~' : ''}${count(byState[state] ?? 0)}`,
      tone: old ? 'stale' : state === 'blocked' ? 'warning' : 'text',
    }
    const last = lines.at(-1)
    if (last === undefined || lineWidth([...last, part]) > width) lines.push([part])
    else last.push(part)
  }
  return lines
}
