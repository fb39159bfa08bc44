/** What a piece of text means. Meaning is never carried by colour alone: words, signs and markers carry it too. */
export const TONES = [
  'text',
  'muted',
  'heading',
  'focus',
  'selected',
  'good',
  'gain',
  'loss',
  'warning',
  'danger',
  'alarm',
  'stale',
  'key',
  'live',
  'paper',
  'simulate',
  'otherMode',
] as const
export type Tone = (typeof TONES)[number]

/** Attributes of Ink's `Text`. */
export type Style = {
  readonly color?: string
  readonly bold?: true
  readonly dimColor?: true
  readonly inverse?: true
  readonly underline?: true
}

export type Theme = Readonly<Record<Tone, Style>>

/** The sixteen colours every terminal has; none is written on a background that we do not know, except inverse. */
export const colourTheme: Theme = {
  text: {},
  muted: { dimColor: true },
  heading: { bold: true },
  focus: { color: 'cyan', bold: true },
  selected: { bold: true },
  good: { color: 'green' },
  gain: { color: 'green' },
  loss: { color: 'red' },
  warning: { color: 'yellow' },
  danger: { color: 'red', bold: true },
  alarm: { color: 'red', bold: true, inverse: true },
  stale: { dimColor: true },
  key: { color: 'cyan' },
  live: { color: 'red', bold: true, inverse: true },
  paper: { color: 'yellow', bold: true },
  simulate: { color: 'cyan' },
  otherMode: { color: 'magenta' },
}

/** No colour at all; bold, dim and inverse stay, so that selection and alarms are still seen. */
export const monoTheme: Theme = {
  text: {},
  muted: { dimColor: true },
  heading: { bold: true },
  focus: { bold: true },
  selected: { bold: true },
  good: {},
  gain: {},
  loss: {},
  warning: { bold: true },
  danger: { bold: true },
  alarm: { bold: true, inverse: true },
  stale: { dimColor: true },
  key: { bold: true },
  live: { bold: true, inverse: true },
  paper: { bold: true, underline: true },
  simulate: { underline: true },
  otherMode: { underline: true },
}

/** For light backgrounds: the colours that are pale there give way to darker ones. */
export const lightTheme: Theme = {
  ...colourTheme,
  focus: { color: 'blue', bold: true },
  warning: { color: 'magenta' },
  key: { color: 'blue' },
  paper: { color: 'magenta', bold: true },
  simulate: { color: 'blue' },
}

export const THEMES: Readonly<Record<string, Theme>> = { dark: colourTheme, light: lightTheme, mono: monoTheme }
export const THEME_NAMES: readonly string[] = Object.keys(THEMES)
