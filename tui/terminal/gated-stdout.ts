import { EventEmitter } from 'node:events'
import { compact } from './compact.ts'

/** Bytes that may wait for the terminal; beyond them frames are left out, so that a terminal that stopped reading costs no memory. */
export const BACKLOG_BYTES_MAX = 65_536
const FRAME_BEGIN = '\u001b[?2026h'
const FRAME_END = '\u001b[?2026l'

/** What of `process.stdout` is used. */
export type TerminalOutput = {
  readonly columns: number
  readonly rows: number
  readonly writableLength: number
  readonly write: (text: string) => boolean
  readonly on: (event: 'drain', listener: () => void) => unknown
  readonly off: (event: 'drain', listener: () => void) => unknown
}

/** The stream that Ink draws on. */
export type GatedStdout = NodeJS.WriteStream & {
  /** The next frame is preceded by this, in the same write. */
  readonly beforeNextFrame: (text: string) => void
  /** Nothing of what `run` writes goes out. */
  readonly muted: (run: () => void) => void
  /** Takes the terminal's size as it is now. Ink is told when it is asked to draw. */
  readonly measure: () => void
  /** Makes Ink draw a frame now. */
  readonly redraw: () => void
  /** From here on nothing goes out: the terminal is somebody else's. `open` takes it back. */
  readonly shut: () => void
  readonly open: () => void
  /** Frames that were left out since the start. */
  readonly skipped: () => number
}

/**
 * Between Ink and the terminal. A frame is one write, never half of one. While too much waits, frames are left out and
 * remembered; when the terminal has read everything, `onDrained` asks for one full frame, since Ink believes it has drawn them.
 */
export const createGatedStdout = (terminal: TerminalOutput, onDrained: () => void): GatedStdout => {
  const emitter = new EventEmitter()
  let size = { columns: terminal.columns, rows: terminal.rows }
  let frame: string[] | null = null // of a frame that has begun and not ended
  let prefix = ''
  let mute = false
  let closed = false
  let dirty = false
  let skipped = 0

  const onDrain = (): void => {
    if (closed || !dirty) return
    dirty = false
    onDrained()
  }
  terminal.on('drain', onDrain)

  const send = (text: string): void => {
    if (closed) return
    if (dirty || terminal.writableLength > BACKLOG_BYTES_MAX) {
      dirty = true
      skipped += 1
      return
    }
    terminal.write(text)
  }

  /** Ink writes the beginning, the changes and the end of a frame one by one. */
  const take = (text: string): void => {
    if (mute || closed) return
    if (frame === null && text !== FRAME_BEGIN) {
      send(text)
      return
    }
    if (frame === null) {
      frame = []
      return
    }
    if (text !== FRAME_END) {
      frame.push(text)
      return
    }
    const whole = FRAME_BEGIN + prefix + compact(frame.join(''), size.columns) + FRAME_END
    frame = null
    prefix = ''
    send(whole)
  }

  const write = (chunk: unknown, encodingOrDone?: unknown, done?: unknown): boolean => {
    take(String(chunk))
    const callback = typeof encodingOrDone === 'function' ? encodingOrDone : done
    // Ink waits for this one when it ends; a terminal that does not read must not keep us.
    if (typeof callback === 'function') queueMicrotask(callback as () => void)
    return true
  }

  const gate = Object.assign(emitter, {
    isTTY: true as const,
    writable: true,
    destroyed: false,
    writableEnded: false,
    write,
    beforeNextFrame: (text: string): void => {
      prefix = text
    },
    muted: (run: () => void): void => {
      mute = true
      try {
        run()
      } finally {
        mute = false
      }
    },
    measure: (): void => {
      size = { columns: terminal.columns, rows: terminal.rows }
    },
    redraw: (): void => {
      emitter.emit('resize')
    },
    shut: (): void => {
      closed = true
      frame = null
      terminal.off('drain', onDrain)
    },
    open: (): void => {
      // Whoever was stopped from outside and goes on had never shut it.
      if (closed) terminal.on('drain', onDrain)
      closed = false
      dirty = false
    },
    skipped: (): number => skipped,
  })
  Object.defineProperties(gate, { columns: { get: () => size.columns }, rows: { get: () => size.rows } })
  return gate as unknown as GatedStdout
}
