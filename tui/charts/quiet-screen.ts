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

/** Signals, faults and ends of the process that blessed would handle in its own way: it takes these for its handlers, and so adds none. */
const HANDLED = {
  Screen: ['_exceptionHandler', '_exitHandler', '_sigtermHandler', '_sigintHandler', '_sigquitHandler'],
  Program: ['_exitHandler'],
} as const
const noHandlers = (): void => {
  for (const kind of ['Screen', 'Program'] as const)
    Object.assign(blessed[kind], { _bound: true }, ...HANDLED[kind].map((name) => ({ [name]: () => undefined })))
}

/** It asks a running tmux for its version, and draws its borders with a character set of the last century unless told otherwise. */
const TERMINAL_ENV = { TMUX: undefined, NCURSES_NO_UTF8_ACS: '1' } as const

/**
 * A screen of blessed that touches nothing of the process: no keyboard, no signals, no modes of the terminal. It writes only
 * positions, attributes and text, and only when it is asked to render.
 */
export const quietScreen = (output: FakeOutput, terminal: string): Screen => {
  noHandlers()
  const restoreEnv = withEnv(TERMINAL_ENV)
  try {
    const program = blessed.program({ input: fakeInput(), output, terminal, tput: true, buffer: true, zero: true, forceUnicode: true })
    // It believes to be on the alternate screen already and its cursor to be hidden, so it changes neither.
    program.isAlt = true
    program.cursorHidden = true
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
