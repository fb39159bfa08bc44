import type { ConsoleState } from '../store/state.ts'
import { VIEW_DEFINITIONS, VIEWS } from '../store/views.ts'
import type { Line, Segment } from './line.ts'

/** `[1 Overview] 2 Signals …`: digits alone where names do not fit, a mark where something waits for a person. */
export const presentTabs = (state: ConsoleState, width: number): Line => {
  const named = tabs(state, ({ title }) => ` ${title}`, '  ')
  if (widthOf(named) <= width) return named
  const short = tabs(state, ({ short: name }) => ` ${name}`, ' ')
  return widthOf(short) <= width ? short : tabs(state, () => '', '  ')
}

const widthOf = (line: Line): number => line.reduce((sum, { text }) => sum + text.length, 0)

const tabs = (state: ConsoleState, label: (definition: (typeof VIEW_DEFINITIONS)[keyof typeof VIEW_DEFINITIONS]) => string, gap: string): Line =>
  VIEWS.flatMap((view, index): Segment[] => {
    const open = view === state.view
    const alarm = view === 'breakers' && state.worstBreaker !== null
    const text = `${index + 1}${label(VIEW_DEFINITIONS[view])}${alarm ? '!' : ''}`
    return [
      { text: open ? '[' : index === 0 ? ' ' : gap.slice(1) },
      { text, tone: alarm ? 'danger' : open ? 'focus' : 'muted' },
      { text: open ? ']' : ' ' },
    ]
  })
