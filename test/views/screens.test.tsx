import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import xterm from '@xterm/headless'
import { expect, test, vi } from 'vitest'
import type { ConsoleState } from '../../tui/store/state.ts'
import { scenes } from '../helpers/scenes.ts'

// Colours are decided when Ink is loaded, so this comes before.
vi.hoisted(() => {
  process.env.FORCE_COLOR = '1'
})

const { drawStyled } = await import('../helpers/draw.tsx')

const VIEW_SIZES = [
  [60, 15],
  [80, 24],
  [100, 30],
  [160, 48],
  [250, 70],
] as const
/** What lies over a view is the same at every size but where there is little room. */
const OVER_SIZES = [
  [40, 10],
  [60, 15],
  [80, 24],
] as const
const OVER = ['help', 'prompt', 'dialog', 'the palette', 'halted', 'stale', 'lost', 'nothing known', 'nothing there', 'all lists empty'] as const

/** A letter for what a cell looks like: its colour, upper case for bold, `-` dim, `#` inverse, `_` underlined, `.` none of it. */
const lookOf = (cell: ReturnType<NonNullable<ReturnType<xterm.Terminal['buffer']['active']['getLine']>>['getCell']>): string => {
  if (cell === undefined) return ' '
  if (cell.isInverse()) return '#'
  if (cell.isUnderline()) return '_'
  if (cell.getChars().trim() === '') return '.' // nothing of it is seen
  if (cell.isDim()) return '-'
  const letter = cell.isFgDefault() ? '' : (' rgybmcw'[cell.getFgColor() % 8] ?? '?')
  if (letter !== '') return cell.isBold() ? letter.toUpperCase() : letter
  return cell.isBold() ? '*' : '.'
}

/** The screen as a terminal shows it: every cell's letter, and where asked for how it looks. */
const grid = async (state: ConsoleState, looks: boolean): Promise<string> => {
  const { columns, rows } = state.size
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 })
  await new Promise<void>((resolve) => terminal.write(`\u001b[?7l${drawStyled(state).join('\r\n')}`, resolve))
  const lines = Array.from({ length: rows }, (_, row) => terminal.buffer.active.getLine(row))
  const text = lines.map((line) => `|${(line?.translateToString(true) ?? '').trimEnd()}`)
  const styles = lines.map(
    (line) =>
      `|${Array.from({ length: columns }, (_, column) => lookOf(line?.getCell(column)))
        .join('')
        .replace(/\.+$/, '')}`,
  )
  terminal.dispose()
  return [...text, ...(looks ? ['', ...styles] : [])].join('\n')
}

const fileOf = (name: string): string => join(fileURLToPath(new URL('screens', import.meta.url)), `${name}.txt`)

/** One file for each scene, with one block for each size; how cells look is told at the usual size. */
const blocks = async (says: string, sizes: readonly (readonly [number, number])[]): Promise<string> => {
  const parts: string[] = []
  for (const [columns, rows] of sizes) {
    const scene = scenes({ columns, rows }).find((each) => each.says === says)
    if (scene === undefined) throw new Error(`no scene ${says}`)
    parts.push(`${columns} x ${rows}\n${await grid(scene.state, columns === 80)}\n`)
  }
  return parts.join('\n')
}

test.each(['overview', 'signals', 'breakers', 'positions', 'audit', 'logs', 'charts', 'fleet'])(
  'the view of %s looks as it did, cell by cell, at five sizes',
  async (view) => {
    await expect(await blocks(`the view of ${view}`, VIEW_SIZES)).toMatchFileSnapshot(fileOf(view))
  },
)

test.each(OVER)('%s looks as it did, cell by cell', async (says) => {
  await expect(await blocks(says, OVER_SIZES)).toMatchFileSnapshot(fileOf(says.replaceAll(' ', '-')))
})
