import { inert } from '../../src/text.ts'
import type { Tone } from '../theme.ts'
import { characterWidth, cut, displayWidth, headOf } from './width.ts'

export type Segment = { readonly text: string; readonly tone?: Tone }
/** One row of the screen, or of a pane, from left to right. */
export type Line = readonly Segment[]

/** Selects the emoji form of the character before it, on which terminals disagree about the width; without it all agree. */
const VARIATION = /[\ufe00-\ufe0f]/gu

/** Text from outside as the screen may show it: on one line, obeyed by no terminal, of a width that we know. */
export const clean = (text: string): string => inert(text).replace(VARIATION, '')

/** Exactly `width` cells: cut with an ellipsis or filled with blanks. */
export const cell = (text: string, width: number, align: 'left' | 'right' = 'left'): string => {
  const kept = cut(clean(text), width)
  const fill = ' '.repeat(Math.max(0, width - displayWidth(kept)))
  return align === 'left' ? kept + fill : fill + kept
}

export const lineWidth = (line: Line): number => line.reduce((sum, { text }) => sum + displayWidth(clean(text)), 0)

export const plainText = (line: Line): string => line.map(({ text }) => text).join('')

/** At most `width` cells; everything in it is inert afterwards. */
export const fitLine = (line: Line, width: number): Line => {
  const fitted: Segment[] = []
  let left = width
  for (const segment of line) {
    const text = clean(segment.text)
    const cells = displayWidth(text)
    if (cells > left) {
      fitted.push({ ...segment, text: cut(text, left) })
      break
    }
    fitted.push({ ...segment, text })
    left -= cells
  }
  return fitted.filter(({ text }) => text !== '')
}

/** Without its first cells, which leave a mark, as what is cut at the other end does. */
export const shiftLine = (line: Line, cells: number): Line => {
  if (cells === 0) return line
  let over = cells + 1
  const shifted: Segment[] = []
  for (const segment of line) {
    const characters = [...clean(segment.text)]
    while (over > 0 && characters.length > 0) over -= characterWidth(characters.shift() ?? '')
    if (characters.length > 0) shifted.push({ ...segment, text: characters.join('') })
  }
  return lineWidth(line) === 0 ? [] : [{ text: '…', tone: 'muted' }, ...shifted]
}

/** The first `width` cells, and all characters that come after them. */
export const splitLine = (line: Line, width: number): { readonly head: Line; readonly rest: string } => {
  const head: Segment[] = []
  let left = width
  let rest = ''
  for (const segment of line) {
    const text = clean(segment.text)
    const kept = rest === '' ? headOf(text, left) : ''
    if (kept !== '') head.push({ ...segment, text: kept })
    left -= displayWidth(kept)
    rest += text.slice(kept.length)
  }
  return { head, rest }
}

/** Left and right texts of one line with blanks between; the left gives way. */
export const spread = (left: Line, right: Line, width: number): Line => {
  const rightWidth = lineWidth(right)
  if (rightWidth >= width) return fitLine(right, width)
  const fitted = fitLine(left, rightWidth === 0 ? width : Math.max(0, width - rightWidth - 1))
  return [...fitted, { text: ' '.repeat(Math.max(0, width - lineWidth(fitted) - rightWidth)) }, ...right]
}

/** The same cells in ASCII: an ellipsis becomes a dot, anything else as many question marks as it is wide. */
export const ascii = (text: string): string =>
  text.replace(/[^\x20-\x7e]/gu, (character) => (character === '…' ? '.' : '?'.repeat(characterWidth(character))))
