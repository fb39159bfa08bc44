import xterm from '@xterm/headless'

const FONT_PX = 14
const CELL_WIDTH = 8.43
const LINE_HEIGHT = 18
const PADDING = 12
const INK = '#d7dae0'
const PAPER = '#16181d'

/** The sixteen colours of a dark terminal, then the cube and the greys of xterm. */
const BASE = [
  '#3b4048',
  '#e06c75',
  '#98c379',
  '#e5c07b',
  '#61afef',
  '#c678dd',
  '#56b6c2',
  '#abb2bf',
  '#5c6370',
  '#ef7f88',
  '#a9d38b',
  '#f0cd8c',
  '#75bdf5',
  '#d48ae6',
  '#6bc8d4',
  '#ffffff',
]
const LEVELS = [0, 95, 135, 175, 215, 255]

const colour = (index: number): string => {
  if (index < 16) return BASE[index] ?? INK
  const hex = (value: number): string => value.toString(16).padStart(2, '0')
  if (index >= 232) return `#${hex(8 + (index - 232) * 10).repeat(3)}`
  const cube = index - 16
  return `#${[Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((level) => hex(LEVELS[level] ?? 0)).join('')}`
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

type Cell = { readonly text: string; readonly ink: string; readonly paper: string; readonly bold: boolean; readonly dim: boolean }

/** A screen, as a terminal was told to draw it, as a picture with real text in it. */
export const svgOf = async (screen: string, columns: number, rows: number, title: string): Promise<string> => {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true })
  await new Promise<void>((resolve) => terminal.write(screen, resolve))
  const lines: string[] = []
  for (let row = 0; row < rows; row += 1) {
    const line = terminal.buffer.active.getLine(row)
    let column = 0
    for (const run of runs(Array.from({ length: columns }, (_, index) => cellOf(line?.getCell(index))))) {
      const x = PADDING + column * CELL_WIDTH
      const y = PADDING + row * LINE_HEIGHT
      const width = run.text.length * CELL_WIDTH
      if (run.paper !== PAPER)
        lines.push(`<rect x="${x.toFixed(2)}" y="${y}" width="${width.toFixed(2)}" height="${LINE_HEIGHT}" fill="${run.paper}"/>`)
      if (run.text.trim() !== '') {
        const weight = run.bold ? ' font-weight="bold"' : ''
        const fade = run.dim ? ' opacity="0.6"' : ''
        lines.push(
          `<text x="${x.toFixed(2)}" y="${y + FONT_PX}" fill="${run.ink}"${weight}${fade} textLength="${width.toFixed(2)}" lengthAdjust="spacingAndGlyphs">${escaped(run.text)}</text>`,
        )
      }
      column += run.text.length
    }
  }
  terminal.dispose()
  const width = Math.ceil(2 * PADDING + columns * CELL_WIDTH)
  const height = 2 * PADDING + rows * LINE_HEIGHT
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="${FONT_PX}" xml:space="preserve">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${PAPER}"/>`,
    ...lines,
    '</svg>',
    '',
  ].join('\n')
}

type HeadlessCell = NonNullable<ReturnType<NonNullable<ReturnType<InstanceType<typeof xterm.Terminal>['buffer']['active']['getLine']>>['getCell']>>

const cellOf = (cell: HeadlessCell | undefined): Cell => {
  if (cell === undefined) return { text: ' ', ink: INK, paper: PAPER, bold: false, dim: false }
  const shade = (isDefault: boolean, isPalette: boolean, value: number, usual: string): string =>
    isDefault ? usual : isPalette ? colour(value) : `#${value.toString(16).padStart(6, '0')}`
  const ink = shade(cell.isFgDefault(), cell.isFgPalette(), cell.getFgColor(), INK)
  const paper = shade(cell.isBgDefault(), cell.isBgPalette(), cell.getBgColor(), PAPER)
  const inverse = cell.isInverse() !== 0
  return {
    text: cell.getChars() || ' ',
    ink: inverse ? paper : ink,
    paper: inverse ? ink : paper,
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
  }
}

/** Neighbours that look alike become one piece of text. */
const runs = (cells: readonly Cell[]): Cell[] => {
  const merged: Cell[] = []
  for (const cell of cells) {
    const last = merged.at(-1)
    if (last !== undefined && last.ink === cell.ink && last.paper === cell.paper && last.bold === cell.bold && last.dim === cell.dim) {
      merged[merged.length - 1] = { ...last, text: last.text + cell.text }
    } else merged.push(cell)
  }
  return merged
}
