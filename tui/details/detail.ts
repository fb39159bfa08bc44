import type { Line } from '../present/line.ts'
import type { ConsoleState } from '../store/state.ts'
import type { Tone } from '../theme.ts'

/** What a detail pane shows: a title, what stands at its right end, and lines of which as many are drawn as fit. */
export type Detail = { readonly name: string; readonly note: Line; readonly lines: readonly Line[] }
export type DetailPresenter = (state: ConsoleState, width: number) => Detail

const LABEL_WIDTH = 10

/** `  label     value`, the form of every line of a detail. */
export const fact = (label: string, text: string, tone: Tone = 'text'): Line => [
  { text: `  ${label.padEnd(LABEL_WIDTH)} `, tone: 'muted' },
  { text, tone },
]

export const nothingChosen = (name: string, text: string): Detail => ({ name, note: [], lines: [[{ text: `  ${text}`, tone: 'muted' }]] })
