import { renderToString } from 'ink'
import { App } from '../../tui/app.tsx'
import { isUrgent, reduce } from '../../tui/store/reduce.ts'
import type { ConsoleState } from '../../tui/store/state.ts'
import { createStore } from '../../tui/store/store.ts'
import type { ConsoleStore } from '../../tui/store/use-console.ts'
import { THEMES } from '../../tui/theme.ts'

export const storeOf = (initial: ConsoleState): ConsoleStore =>
  createStore({ initial, reduce, urgent: isUrgent, monotonic: () => initial.monotonic, schedule: () => () => undefined })

const rendered = (state: ConsoleState, mono: boolean): readonly string[] =>
  renderToString(<App store={storeOf(state)} palette={{ themes: THEMES, mono, ascii: state.ascii }} />, { columns: state.size.columns }).split('\n')

/** The screen as lines of text with the colours of the theme, where the environment lets Ink have any. */
export const drawStyled = (state: ConsoleState): readonly string[] => rendered(state, false)

/** The screen as lines of text, as wide as the state says. */
export const draw = (state: ConsoleState): readonly string[] =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  rendered(state, true).map((line) => line.replace(/\u001b\[[0-9;]*m/g, ''))
