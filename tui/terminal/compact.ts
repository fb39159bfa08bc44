import { displayWidth } from '../present/width.ts'

const ESC = '\u001b'
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken apart
const PARTS = /\u001b\[([0-9;]*)m|((?:\u001b\[E)+)|(\u001b\[[0-?]*[JK])|\u001b\[(\d+)G|\u001b\[[0-?]*[ -/]*[@-~]|\u001b[^[]?|[^\u001b]+/g
const NEXT_LINE = `${ESC}[E`
const ERASE = `${ESC}[K`

/** How cells are written: the parameters of SGR that hold (ECMA-48 §8.3.117), each as it was given. */
type Look = {
  readonly colour: string
  readonly ground: string
  readonly bold: boolean
  readonly dim: boolean
  readonly italic: boolean
  readonly underline: boolean
  readonly inverse: boolean
  readonly struck: boolean
}
const PLAIN: Look = { colour: '', ground: '', bold: false, dim: false, italic: false, underline: false, inverse: false, struck: false }

/** What is to be erased of a row: how many cells are left of it after what was written there, or NaN where that is not known. */
type Rest = { readonly ground: string; readonly at: number; readonly cells: number }

/**
 * The same screen in fewer bytes. Ink sends every change of style although nothing may be written between two of them, each style by
 * itself, and a step for each row that stays as it is. Here a style is sent when a cell shows it, and steps come together.
 * Ink also empties what changes of a row before it writes there. A frame may reach the terminal in several pieces, and one that knows
 * nothing of frames would show the gap; so the new text is written over the old one, and only what is left of that is erased.
 * A frame begins and ends without any style. @param columns of the terminal that it is for.
 */
export const compact = (frame: string, columns: number): string => {
  let out = ''
  let have = PLAIN
  let want = PLAIN
  let free = Number.NaN // cells of the row behind the cursor, right after it was set
  let rest: Rest | null = null
  const become = (look: Look): void => {
    out += change(have, look)
    have = look
  }
  /** Now what was to be erased is, where anything is left of it. */
  const finish = (): void => {
    if (rest === null) return
    const { ground, at, cells } = rest
    rest = null
    if (cells === 0) return
    if (cells > 0) {
      become(want.ground === ground ? want : { ...have, ground })
      out += ERASE
    } else out = out.slice(0, at) + ERASE + out.slice(at)
  }
  const put = (text: string): void => {
    if (rest !== null) rest = { ...rest, cells: rest.cells - cellsOf(text) }
    const blanks = /^[ \r\n]*/.exec(text)?.[0] ?? ''
    if (blanks !== '') become(ofBlank(have, want))
    out += blanks
    if (blanks.length < text.length) become(want)
    out += text.slice(blanks.length)
  }
  for (const [part, style, steps, erase, column] of frame.matchAll(PARTS)) {
    const next = style === undefined ? null : after(want, style)
    if (next !== null) {
      want = next
      continue
    }
    const behind = free
    free = Number.NaN
    if (!part.startsWith(ESC)) {
      const end = rest === null ? -1 : part.search(LINE_BREAK)
      if (end > 0) put(part.slice(0, end))
      if (end >= 0) finish()
      put(end < 0 ? part : part.slice(end))
      continue
    }
    finish()
    if (style !== undefined) become(want)
    if (erase !== undefined) become({ ...have, ground: want.ground })
    if (erase === ERASE && behind > 0) rest = { ground: want.ground, at: out.length, cells: behind }
    else if (steps !== undefined) out += steps.length === NEXT_LINE.length ? NEXT_LINE : `${ESC}[${steps.length / NEXT_LINE.length}E`
    else out += part
    if (column !== undefined) free = columns - Number(column) + 1
  }
  finish()
  become(want)
  return out
}
const LINE_BREAK = /[\r\n]/

/** NaN where not each character is known to take one cell, and every terminal may think otherwise. */
const cellsOf = (text: string): number => {
  const cells = displayWidth(text)
  return cells === text.length ? cells : Number.NaN
}

/** Of a blank only what lies behind it, under it or through it is seen, and then in its colour. */
const ofBlank = (have: Look, want: Look): Look =>
  want.underline || want.inverse || want.struck ? want : { ...have, ground: want.ground, underline: false, inverse: false, struck: false }

/** Null where a parameter is none that we know: then it is handed on as it is. */
const after = (look: Look, parameters: string): Look | null => {
  const codes = parameters.split(';').map(Number)
  let now = look
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0
    if (code === 38 || code === 48) {
      const length = codes[at + 1] === 5 ? 3 : codes[at + 1] === 2 ? 5 : null
      if (length === null || at + length > codes.length) return null
      const colour = codes.slice(at, at + length).join(';')
      now = code === 38 ? { ...now, colour } : { ...now, ground: colour }
      at += length - 1
    } else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) now = { ...now, colour: String(code) }
    else if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) now = { ...now, ground: String(code) }
    else {
      const changes = SWITCHES[code]
      if (changes === undefined) return null
      now = { ...now, ...changes }
    }
  }
  return now
}

const SWITCHES: Readonly<Record<number, Partial<Look>>> = {
  0: PLAIN,
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { underline: true },
  7: { inverse: true },
  9: { struck: true },
  22: { bold: false, dim: false },
  23: { italic: false },
  24: { underline: false },
  27: { inverse: false },
  29: { struck: false },
  39: { colour: '' },
  49: { ground: '' },
}

/** The shortest way from one look to another: what differs, or everything anew. */
const change = (from: Look, to: Look): string => {
  if (same(from, to)) return ''
  const anew = `${ESC}[${same(to, PLAIN) ? '' : ['0', ...on(PLAIN, to)].join(';')}m`
  const different = `${ESC}[${[...off(from, to), ...on(weightless(from, to), to)].join(';')}m`
  return different.length < anew.length ? different : anew
}

const same = (a: Look, b: Look): boolean =>
  a.colour === b.colour &&
  a.ground === b.ground &&
  a.bold === b.bold &&
  a.dim === b.dim &&
  a.italic === b.italic &&
  a.underline === b.underline &&
  a.inverse === b.inverse &&
  a.struck === b.struck

/** Bold and dim are ended by one parameter, both of them. */
const endsWeight = (from: Look, to: Look): boolean => (from.bold && !to.bold) || (from.dim && !to.dim)
const weightless = (from: Look, to: Look): Look => (endsWeight(from, to) ? { ...from, bold: false, dim: false } : from)

const off = (from: Look, to: Look): string[] => [
  ...(endsWeight(from, to) ? ['22'] : []),
  ...(from.italic && !to.italic ? ['23'] : []),
  ...(from.underline && !to.underline ? ['24'] : []),
  ...(from.inverse && !to.inverse ? ['27'] : []),
  ...(from.struck && !to.struck ? ['29'] : []),
  ...(from.colour !== '' && to.colour === '' ? ['39'] : []),
  ...(from.ground !== '' && to.ground === '' ? ['49'] : []),
]

const on = (from: Look, to: Look): string[] => [
  ...(!from.bold && to.bold ? ['1'] : []),
  ...(!from.dim && to.dim ? ['2'] : []),
  ...(!from.italic && to.italic ? ['3'] : []),
  ...(!from.underline && to.underline ? ['4'] : []),
  ...(!from.inverse && to.inverse ? ['7'] : []),
  ...(!from.struck && to.struck ? ['9'] : []),
  ...(to.colour !== '' && from.colour !== to.colour ? [to.colour] : []),
  ...(to.ground !== '' && from.ground !== to.ground ? [to.ground] : []),
]
