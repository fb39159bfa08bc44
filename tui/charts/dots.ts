import type { Tone } from '../theme.ts'
import { BLANK, type Cell } from './chart.ts'

/** Dots of a cell, two wide and four high. */
export const DOT_COLUMNS = 2
export const DOT_ROWS = 4
const BRAILLE = 0x2800
const BITS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const
export const FULL = String.fromCharCode(BRAILLE + 0xff)

/** A curve as cells. `samples` are shares of the height from 0 to 1, one for each column of dots; null draws nothing. */
export const plotDots = (samples: readonly (number | null)[], columns: number, rows: number, tone: Tone, ascii: boolean): Cell[][] => {
  const bits = Array.from({ length: rows }, () => new Uint8Array(columns))
  const set = (x: number, y: number): void => {
    const row = bits[y >> 2]
    const column = x >> 1
    if (row !== undefined && column < columns) row[column] = (row[column] ?? 0) | (BITS[y & 3]?.[x & 1] ?? 0)
  }
  const height = rows * DOT_ROWS - 1
  let before: number | null = null
  for (let x = 0; x < Math.min(samples.length, columns * DOT_COLUMNS); x += 1) {
    const sample = samples[x] ?? null
    if (sample === null) continue
    const y = Math.floor(height - sample * height)
    // From one column to the next the line goes down or up by whole dots, half of the way in each column.
    const middle: number = before === null ? y : (before + y) >> 1
    if (before !== null) for (let at = Math.min(before, middle); at <= Math.max(before, middle); at += 1) set(x - 1, at)
    const start = middle === y ? y : middle + Math.sign(y - middle)
    for (let at = Math.min(y, start); at <= Math.max(y, start); at += 1) set(x, at)
    before = y
  }
  return bits.map((row) =>
    Array.from(row, (bit) => (bit === 0 ? BLANK : { text: ascii ? asciiDots(bit) : String.fromCharCode(BRAILLE + bit), tone })),
  )
}

/** Where in its cell the curve is: at the bottom, above, through all of it, or everywhere. */
const asciiDots = (bit: number): string => {
  const used = BITS.map(([left, right]) => (bit & (left | right)) !== 0)
  if (bit === 0xff) return '#'
  if (used.filter(Boolean).length >= 3) return '|'
  return used[0] || used[1] ? '-' : '.'
}
