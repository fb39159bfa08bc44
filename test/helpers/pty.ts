import { spawn } from '@lydell/node-pty'

/** A program in a pseudo-terminal of its own, with every byte it writes and when. */
export type Pty = {
  readonly pid: () => number
  readonly write: (bytes: string | Uint8Array) => void
  /** Everything written so far. */
  readonly bytes: () => number
  readonly text: () => string
  /** Forgets what was written; whoever waits is not told of it any more. */
  readonly forget: () => void
  /** Resolves with the monotonic time (ms) at which the text since `from` fitted. */
  readonly until: (what: string, fits: (text: string) => boolean, msMax?: number) => Promise<number>
  /** As a window does it. */
  readonly resize: (columns: number, rows: number) => void
  readonly onData: (listener: (chunk: string, at: number) => void) => () => void
  /** The terminal stops reading, like one with Ctrl-S pressed or a dead link, and reads again. */
  readonly stall: () => void
  readonly release: () => void
  /** The exit code, as a shell tells it: 128 more than the number of a signal. */
  readonly ended: Promise<number>
  readonly close: () => Promise<void>
}

const SIGNALLED = 128

export const openPty = (command: readonly string[], env: NodeJS.ProcessEnv, columns: number, rows: number): Pty => {
  const [file = '', ...args] = command
  const child = spawn(file, args, { env: { TERM: 'xterm-256color', SHELL: '/bin/sh', ...env }, cols: columns, rows })
  const listeners = new Set<(chunk: string, at: number) => void>()
  let text = ''
  let bytes = 0
  let gone = false
  child.onData((chunk) => {
    const at = performance.now()
    text += chunk
    bytes += Buffer.byteLength(chunk)
    for (const listener of [...listeners]) listener(chunk, at)
  })
  const ended = new Promise<number>((resolve) => {
    child.onExit(({ exitCode, signal }) => {
      gone = true
      resolve(signal === undefined || signal === 0 ? exitCode : SIGNALLED + signal)
    })
  })

  const onData = (listener: (chunk: string, at: number) => void): (() => void) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  return {
    pid: () => child.pid,
    resize: (width, height) => child.resize(width, height),
    // Its types know of text alone; what it writes to takes both.
    write: (keys) => child.write(keys as string),
    bytes: () => bytes,
    text: () => text,
    forget: () => {
      text = ''
    },
    until: (what, fits, msMax = 10_000) =>
      new Promise((resolve, reject) => {
        if (fits(text)) {
          resolve(performance.now())
          return
        }
        const off = onData((_, at) => {
          if (!fits(text)) return
          clearTimeout(timer)
          off()
          resolve(at)
        })
        const timer = setTimeout(() => {
          off()
          reject(new Error(`not ${what} within ${msMax} ms; last: ${JSON.stringify(text.slice(-400))}`))
        }, msMax)
      }),
    onData,
    stall: () => child.pause(),
    release: () => child.resume(),
    ended,
    close: async () => {
      if (gone) return
      child.resume()
      child.kill('SIGKILL')
      await ended
    },
  }
}
