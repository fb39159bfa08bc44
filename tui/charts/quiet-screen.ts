import { EventEmitter } from 'node:events'
import blessed, { type Screen } from 'blessed'
import type { Size } from '../store/state.ts'

/** What blessed takes for a terminal: it measures, and whatever is written goes where we say. */
export type FakeOutput = EventEmitter & {
  columns: number
  rows: number
  readonly isTTY: true
  readonly writable: true
  readonly write: (text: string) => boolean
}

export const fakeOutput = ({ columns, rows }: Size, write: (text: string) => void): FakeOutput =>
  Object.assign(new EventEmitter(), {
    columns,
    rows,
    isTTY: true as const,
    writable: true as const,
    write: (text: string): boolean => {
      write(text)
      return true
    },
  })

const fakeInput = (): EventEmitter =>
  Object.assign(new EventEmitter(), { isTTY: true, isRaw: true, setRawMode: () => undefined, pause: () => undefined, resume: () => undefined })

/** Signals and ends of the process that blessed would handle in its own way. */
const HANDLED = ['exit', 'uncaughtException', 'SIGTERM', 'SIGINT', 'SIGQUIT'] as const
/** It asks a running tmux for its version, and draws its borders with a character set of the last century unless told otherwise. */
const TERMINAL_ENV = { TMUX: undefined, NCURSES_NO_UTF8_ACS: '1' } as const

/**
 * A screen of blessed that touches nothing of the process: no keyboard, no signals, no modes of the terminal. It writes only
 * positions, attributes and text, and only when it is asked to render.
 */
export const quietScreen = (output: FakeOutput, terminal: string): Screen => {
  const listeners = HANDLED.map((event) => [event, process.listeners(event as 'exit')] as const)
  const restoreEnv = withEnv(TERMINAL_ENV)
  try {
    const program = blessed.program({ input: fakeInput(), output, terminal, tput: true, buffer: true, zero: true, forceUnicode: true })
    // It believes to be on the alternate screen already, so it neither goes there nor leaves it.
    program.isAlt = true
    const screen = blessed.screen({ program, forceUnicode: true, fullUnicode: false })
    screen.alloc()
    const { destroy } = screen
    return Object.assign(screen, {
      destroy: () => {
        program.isAlt = false
        destroy.call(screen)
      },
    })
  } finally {
    restoreEnv()
    for (const [event, before] of listeners)
      for (const listener of process.listeners(event as 'exit')) if (!before.includes(listener)) process.off(event, listener)
  }
}

const withEnv = (changes: Readonly<Record<string, string | undefined>>): (() => void) => {
  const before = Object.keys(changes).map((name) => [name, process.env[name]] as const)
  const set = (name: string, value: string | undefined): void => {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  for (const [name, value] of Object.entries(changes)) set(name, value)
  return () => {
    for (const [name, value] of before) set(name, value)
  }
}
