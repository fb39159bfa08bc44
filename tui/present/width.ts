/** Ranges of code points that take two cells (Unicode 16, East Asian wide and full width, and emoji). Over-estimating only shortens a line. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x2329, 0x232a],
  [0x23e9, 0x23f3],
  [0x25fd, 0x25fe],
  [0x2614, 0x2615],
  [0x2648, 0x2653],
  [0x267f, 0x267f],
  [0x2693, 0x2693],
  [0x26a1, 0x26a1],
  [0x26aa, 0x26ab],
  [0x26bd, 0x26be],
  [0x26c4, 0x26c5],
  [0x26ce, 0x26ce],
  [0x26d4, 0x26d4],
  [0x26ea, 0x26fd],
  [0x2705, 0x2705],
  [0x270a, 0x270b],
  [0x2728, 0x2728],
  [0x274c, 0x2757],
  [0x2795, 0x2797],
  [0x27b0, 0x27bf],
  [0x2b1b, 0x2b1c],
  [0x2b50, 0x2b55],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff],
  [0x1aff0, 0x1b2ff],
  [0x1f000, 0x1faff],
  [0x20000, 0x3fffd],
]

const PLAIN = /^[\x20-\x7e]*$/
const MARK = /^\p{M}$/u

/** Cells that one character takes: 0, 1 or 2. */
export const characterWidth = (character: string): number => {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x300) return 1
  if (MARK.test(character)) return 0
  let low = 0
  let high = WIDE.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const [from, to] = WIDE[middle] ?? [0, 0]
    if (code < from) high = middle - 1
    else if (code > to) low = middle + 1
    else return 2
  }
  return 1
}

/** Cells that an inert text takes on a terminal. */
export const displayWidth = (text: string): number => {
  if (PLAIN.test(text)) return text.length
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

/** As many of the first characters of an inert text as fit in `width` cells. */
export const headOf = (text: string, width: number): string => {
  if (PLAIN.test(text)) return text.slice(0, Math.max(0, width))
  let kept = ''
  let used = 0
  for (const character of text) {
    used += characterWidth(character)
    if (used > width) break
    kept += character
  }
  return kept
}

/** At most the last `width` cells of an inert text; where something was cut, the first cell is an ellipsis. */
export const cutStart = (text: string, width: number): string => {
  if (width <= 0) return ''
  if (displayWidth(text) <= width) return text
  const characters = [...text]
  let over = displayWidth(text) - width + 1
  while (over > 0) over -= characterWidth(characters.shift() ?? '')
  // A mark belongs to the character before it, which is gone.
  while (characterWidth(characters[0] ?? ' ') === 0) characters.shift()
  return `…${characters.join('')}`
}

/** At most `width` cells of an inert text; where something was cut, the last cell is an ellipsis. */
export const cut = (text: string, width: number): string => {
  if (width <= 0) return ''
  return displayWidth(text) <= width ? text : `${headOf(text, width - 1)}…`
}
