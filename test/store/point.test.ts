import { describe, expect, test } from 'vitest'
import { press } from '../../tui/store/press.ts'
import { reduce } from '../../tui/store/reduce.ts'
import type { ConsoleState } from '../../tui/store/state.ts'
import { VIEWS } from '../../tui/store/views.ts'
import type { MouseEvent } from '../../tui/terminal/key-event.ts'
import { attached, given } from '../helpers/console-state.ts'
import { draw } from '../helpers/draw.tsx'

const SIZES = [
  { columns: 80, rows: 24 },
  { columns: 160, rows: 48 },
]
const withMouse = (size = { columns: 80, rows: 24 }): ConsoleState => given(attached(size), { kind: 'settings', changes: { mouse: true } })
const mouse = (state: ConsoleState, column: number, row: number, button: MouseEvent['button'] = 'left'): ConsoleState =>
  press(state, { kind: 'mouse', button, column, row }).actions.reduce(reduce, state)
/** The cell where a text begins. */
const cellOf = (state: ConsoleState, text: string): readonly [number, number] => {
  const lines = draw(state)
  const row = lines.findIndex((line) => line.includes(text))
  if (row < 0) throw new Error(`no ${text} on the screen`)
  return [lines[row]?.indexOf(text) ?? 0, row]
}

describe.each(SIZES)('at $columns x $rows', (size) => {
  test('a click on a tab opens its view', () => {
    for (const [index, view] of VIEWS.entries()) {
      const state = withMouse(size)
      const column = draw(state)[1]?.search(new RegExp(`\\b${index + 1} `)) ?? -1
      expect(mouse(state, column, 1).view).toBe(view)
    }
  })
  test('a click on a row chooses that very row, and its pane has the focus', () => {
    for (const [view, text] of [
      ['overview', 'brain'],
      ['positions', 'ETHUSD'],
      ['breakers', 'safe'],
    ] as const) {
      const state = given(withMouse(size), { kind: 'view', view })
      const clicked = mouse(state, ...cellOf(state, text))
      expect(draw(clicked).some((line) => new RegExp(`> +${text}`).test(line))).toBe(true)
    }
  })
  test('each row of a long list is chosen by a click on it, also where the list was scrolled', () => {
    let state = given(withMouse(size), { kind: 'zoom', on: true }, { kind: 'choose', pane: 'cycles', by: 12 })
    for (const number of [985, 983, 990]) {
      state = mouse(state, 4, cellOf(state, ` ${number} `)[1])
      expect(draw(state).find((line) => line.startsWith('> '))).toContain(` ${number} `.trim())
    }
  })
  test('the wheel moves the list that is under it, and scrolls the log', () => {
    const state = withMouse(size)
    const below = mouse(state, ...cellOf(state, '> 999'), 'wheelDown')
    expect(draw(below).find((line) => line.startsWith('> '))).toContain('996')
    expect(draw(mouse(below, ...cellOf(state, '> 999'), 'wheelUp')).find((line) => line.startsWith('> '))).toContain('999')
    const [column, row] = cellOf(state, '-- Log ')
    expect(press(state, { kind: 'mouse', button: 'wheelUp', column, row }).effects).toEqual([{ kind: 'scrollLog', rows: -3 }])
  })
  test('nothing is under line 1, the messages and the keys', () => {
    const state = withMouse(size)
    for (const row of [0, size.rows - 2, size.rows - 1, size.rows + 5]) {
      expect(press(state, { kind: 'mouse', button: 'left', column: 3, row })).toEqual({ actions: [], effects: [] })
    }
  })
})

test('no click opens a dialog, confirms one or sends anything, wherever it lands', () => {
  const open = press(withMouse(), { kind: 'key', name: 'p', count: 1 }).actions.reduce(reduce, withMouse())
  expect(open.dialog).not.toBeNull()
  for (const state of [withMouse(), open, given(withMouse(), { kind: 'help', help: { offset: 0, filter: '', typing: false } })]) {
    for (let row = 0; row < 24; row += 1) {
      for (let column = 0; column < 80; column += 7) {
        for (const button of ['left', 'wheelUp', 'wheelDown'] as const) {
          const { actions, effects } = press(state, { kind: 'mouse', button, column, row })
          expect(actions.filter(({ kind }) => kind === 'dialog')).toEqual([])
          expect(effects.filter(({ kind }) => kind !== 'scrollLog')).toEqual([])
          if (state === open) expect(actions).toEqual([])
        }
      }
    }
  }
})

test('the wheel scrolls the help', () => {
  const state = given(withMouse(), { kind: 'help', help: { offset: 0, filter: '', typing: false } })
  expect(mouse(state, 3, 5, 'wheelDown').help?.offset).toBe(3)
  expect(mouse(state, 3, 5, 'wheelUp').help?.offset).toBe(0)
})

test('without the setting it does nothing, whatever a terminal sends', () => {
  expect(press(attached(), { kind: 'mouse', button: 'left', column: 20, row: 1 })).toEqual({ actions: [], effects: [] })
})
