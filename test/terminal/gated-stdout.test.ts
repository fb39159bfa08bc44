import { expect, test } from 'vitest'
import { BACKLOG_BYTES_MAX, createGatedStdout } from '../../tui/terminal/gated-stdout.ts'

const BEGIN = '\u001b[?2026h'
const END = '\u001b[?2026l'

/** A terminal whose reading the test controls. */
const fakeTerminal = () => {
  const written: string[] = []
  const drains: (() => void)[] = []
  const terminal = {
    columns: 80,
    rows: 24,
    writableLength: 0,
    write: (text: string) => {
      written.push(text)
      return true
    },
    on: (_: 'drain', listener: () => void) => drains.push(listener),
    off: (_: 'drain', listener: () => void) => {
      if (drains.includes(listener)) drains.splice(drains.indexOf(listener), 1)
    },
  }
  const drain = (): void => {
    terminal.writableLength = 0
    for (const listener of [...drains]) listener()
  }
  return { terminal, written, drain, drains }
}

const frame = (gate: ReturnType<typeof createGatedStdout>, text: string): void => {
  gate.write(BEGIN)
  gate.write(text)
  gate.write(END)
}

test('a frame is one write', () => {
  const { terminal, written } = fakeTerminal()
  const gate = createGatedStdout(terminal, () => undefined)
  gate.write('\u001b[?25l')
  frame(gate, 'hello')
  expect(written).toEqual(['\u001b[?25l', `${BEGIN}hello${END}`])
})

test('a terminal that does not read gets no more frames, and one whole frame when it has read everything', () => {
  const { terminal, written, drain } = fakeTerminal()
  let repaints = 0
  const gate = createGatedStdout(terminal, () => {
    repaints += 1
  })
  terminal.writableLength = BACKLOG_BYTES_MAX + 1
  for (let index = 0; index < 100; index += 1) frame(gate, 'x'.repeat(10_000))
  expect(written).toEqual([])
  expect(gate.skipped()).toBe(100)
  // Below the limit again, but not all was read: the screen is not what Ink believes, so a difference would be wrong.
  terminal.writableLength = 10
  frame(gate, 'difference')
  expect(written).toEqual([])
  drain()
  expect(repaints).toBe(1)
  frame(gate, 'whole')
  expect(written).toEqual([`${BEGIN}whole${END}`])
  drain()
  expect(repaints).toBe(1)
})

test('what is to come before the next frame is in the same write', () => {
  const { terminal, written } = fakeTerminal()
  const gate = createGatedStdout(terminal, () => undefined)
  gate.muted(() => gate.write('erase lines'))
  gate.beforeNextFrame('<clear>')
  frame(gate, 'one')
  frame(gate, 'two')
  expect(written).toEqual([`${BEGIN}<clear>one${END}`, `${BEGIN}two${END}`])
})

test('nothing goes out once it is shut, and Ink is not kept waiting', async () => {
  const { terminal, written, drains } = fakeTerminal()
  const gate = createGatedStdout(terminal, () => undefined)
  gate.write(BEGIN)
  gate.shut()
  frame(gate, 'late')
  await new Promise<void>((resolve) => gate.write('', () => resolve()))
  expect(written).toEqual([])
  expect(drains).toHaveLength(0)
  gate.open()
  frame(gate, 'again')
  expect(written).toEqual([`${BEGIN}again${END}`])
})

test('opened again and again it listens once', () => {
  const { terminal, drains } = fakeTerminal()
  const gate = createGatedStdout(terminal, () => undefined)
  for (let index = 0; index < 20; index += 1) gate.open()
  expect(drains).toHaveLength(1)
})

test('the size changes only when it is measured', () => {
  const { terminal } = fakeTerminal()
  const gate = createGatedStdout(terminal, () => undefined)
  terminal.columns = 120
  expect(gate.columns).toBe(80)
  gate.measure()
  expect([gate.columns, gate.rows]).toEqual([120, 24])
})
