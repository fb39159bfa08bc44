import { writeSync } from 'node:fs'

const ALTERNATE_ON = '\u001b[?1049h'
const ALTERNATE_OFF = '\u001b[?1049l'
const PASTE_ON = '\u001b[?2004h'
const PASTE_OFF = '\u001b[?2004l'
const CURSOR_ON = '\u001b[?25h'
const CURSOR_OFF = '\u001b[?25l'
const FOCUS_ON = '\u001b[?1004h'
const FOCUS_OFF = '\u001b[?1004l'
/** Clicks and the wheel, with cells beyond 223 (1006). Off ends every kind of report, whoever asked for it. */
const MOUSE_ON = '\u001b[?1000h\u001b[?1006h'
const MOUSE_OFF = '\u001b[?1006l\u001b[?1003l\u001b[?1002l\u001b[?1000l'
/** The terminal keeps its title for us and gives it back; one that cannot ignores both. */
const TITLE_PUSH = '\u001b[22;2t'
const TITLE_POP = '\u001b[23;2t'
const SYNCHRONISED_OFF = '\u001b[?2026l'
/** No colour, no bold. */
export const PLAIN = '\u001b[0m'
/** What a program that was killed may have left: another keyboard protocol (kitty), margins, another character set. */
const LEFT_OVER_OFF = '\u001b[<u\u001b[r\u001b(B\u000f'
/** Home and everything below it: what a full frame is drawn on. */
export const CLEAR = '\u001b[H\u001b[2J'

export type Keyboard = { readonly setRawMode: (on: boolean) => unknown }

export type SessionOptions = {
  readonly keyboard: Keyboard
  /** Writes to the terminal without waiting for anybody; throws where there is none any more. */
  readonly writeNow: (text: string) => void
  /** GNU screen without altscreen keeps our last frame on the screen, so it is cleared by hand. */
  readonly underScreen: boolean
  /** False draws on the screen that the shell is on, so that the last frame stays there. */
  readonly alternate?: boolean
}

/** The terminal as we use it, and as we found it. Both may be called in any state, any number of times. */
export type Session = {
  readonly enter: () => void
  readonly leave: () => void
  /** Whether the terminal tells of the mouse, from now on. */
  readonly mouse: (on: boolean) => void
}

export const createSession = ({ keyboard, writeNow, underScreen, alternate = true }: SessionOptions): Session => {
  const clearsByHand = underScreen && alternate
  let entered = false
  let mouse = false
  return {
    mouse: (on) => {
      if (on === mouse) return
      mouse = on
      if (entered) writeNow(on ? MOUSE_ON : MOUSE_OFF)
    },
    enter: () => {
      if (entered) return
      entered = true
      keyboard.setRawMode(true)
      const repaired = SYNCHRONISED_OFF + MOUSE_OFF + LEFT_OVER_OFF + PLAIN
      writeNow((alternate ? ALTERNATE_ON : '') + repaired + CLEAR + CURSOR_OFF + PASTE_ON + FOCUS_ON + (mouse ? MOUSE_ON : '') + TITLE_PUSH)
    },
    leave: () => {
      if (!entered) return
      entered = false
      // The keyboard first: it works even where the terminal does not take a byte any more.
      attempt(() => keyboard.setRawMode(false))
      attempt(() =>
        writeNow(
          SYNCHRONISED_OFF +
            PLAIN +
            PASTE_OFF +
            FOCUS_OFF +
            MOUSE_OFF +
            TITLE_POP +
            (clearsByHand ? CLEAR : '') +
            (alternate ? ALTERNATE_OFF : '\r\n') +
            CURSOR_ON,
        ),
      )
    },
  }
}

/** Giving the terminal back goes on where a part of it fails: it may be gone, and nobody is left to be told. */
const attempt = (run: () => void): void => {
  try {
    run()
  } catch {
    // The terminal hung up.
  }
}

/** A stalled terminal is given so many chances to take the few bytes that give it back. */
const WRITE_ATTEMPTS_MAX = 50
const WRITE_PAUSE_MS = 2

/** Past every queue, because the process may be about to end. */
export const writeNowTo =
  (descriptor: number) =>
  (text: string): void => {
    let rest = Buffer.from(text)
    for (let attempts = 0; rest.length > 0 && attempts < WRITE_ATTEMPTS_MAX; attempts += 1) {
      try {
        rest = rest.subarray(writeSync(descriptor, rest))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WRITE_PAUSE_MS)
      }
    }
  }
