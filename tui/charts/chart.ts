import type { Line } from '../present/line.ts'
import type { Series, Size } from '../store/state.ts'
import type { Tone } from '../theme.ts'

/** Something that happened at a price: a position opened or closed, or a signal that was refused. */
export type Mark = { readonly at: number; readonly value: number; readonly kind: 'entry' | 'exit' | 'blocked' }

/** A figure over time. UTC milliseconds, oldest first; every value is finite. */
export type LineChart = {
  readonly kind: 'line'
  readonly name: string
  readonly unit: string
  readonly tone: Tone
  /** What its times are told by. */
  readonly clock: 'feed' | 'wall'
  /** A value that is always in the picture; null lets it show only what there was. */
  readonly base: number | null
  readonly points: Series
  /** Points that are older than the chosen window. */
  readonly earlier: number
  readonly marks: readonly Mark[]
  /** Why there is nothing to draw, where that is so. */
  readonly empty: string
}

/** One or more amounts of each of several things; none is below zero. */
export type BarsChart = {
  readonly kind: 'bars'
  readonly name: string
  readonly unit: string
  /** What the amounts of each bar are, in their order. */
  readonly of: readonly { readonly name: string; readonly tone: Tone }[]
  readonly bars: readonly { readonly label: string; readonly values: readonly number[] }[]
  readonly empty: string
}

/** Parts of a whole. */
export type ShareChart = {
  readonly kind: 'share'
  readonly name: string
  readonly unit: string
  readonly parts: readonly { readonly label: string; readonly value: number; readonly tone: Tone }[]
  readonly empty: string
}

/** What a chart is made of. Every chart has the same figures as a table. */
export type Chart = LineChart | BarsChart | ShareChart

export const hasFigures = (chart: Chart): boolean => {
  if (chart.kind === 'line') return chart.points.length > 0 || chart.marks.length > 0
  return chart.kind === 'bars' ? chart.bars.length > 0 : chart.parts.some(({ value }) => value > 0)
}

export type ChartOptions = {
  /** Nothing but ASCII. */
  readonly ascii: boolean
  /** How a moment is written below a chart that covers so many milliseconds. */
  readonly time: (at: number, spanMs: number) => string
}

/** A picture of a chart that has figures: exactly `rows` lines, none wider than `columns`. Which colours there are is the theme's affair. */
export type ChartRenderer = (chart: Chart, size: Size, options: ChartOptions) => readonly Line[]

/** One place of a picture. */
export type Cell = { readonly text: string; readonly tone: Tone }
export const BLANK: Cell = { text: ' ', tone: 'text' }

/** Neighbours of one tone become one piece. */
export const lineOf = (cells: readonly Cell[]): Line => {
  const line: { text: string; tone: Tone }[] = []
  for (const { text, tone } of cells) {
    const last = line.at(-1)
    if (last?.tone === tone) last.text += text
    else line.push({ text, tone })
  }
  return line
}
