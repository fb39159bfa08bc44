import xterm from '@xterm/headless'
import type { Pty } from './pty.ts'

/** What a person sees in a pseudo-terminal. */
export type PtyScreen = {
  readonly lines: () => readonly string[]
  readonly text: () => string
  readonly onAlternateScreen: () => boolean
  /** Resolves with the monotonic time (ms) at which the bytes came that made it fit. */
  readonly until: (what: string, fits: (text: string) => boolean, msMax?: number) => Promise<number>
  readonly resize: (columns: number, rows: number) => void
}

/** Sees what is written from now on. */
export const screenOf = (pty: Pty, columns: number, rows: number): PtyScreen => {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true })
  const lines = (): readonly string[] => {
    const { active } = terminal.buffer
    return Array.from({ length: terminal.rows }, (_, row) => active.getLine(active.viewportY + row)?.translateToString(true) ?? '')
  }
  const text = (): string => lines().join('\n')
  const watchers = new Set<(at: number) => void>()
  pty.onData((chunk, at) => {
    terminal.write(chunk, () => {
      for (const watcher of [...watchers]) watcher(at)
    })
  })
  return {
    lines,
    text,
    onAlternateScreen: () => terminal.buffer.active.type === 'alternate',
    until: (what, fits, msMax = 10_000) =>
      new Promise((resolve, reject) => {
        if (fits(text())) {
          resolve(performance.now())
          return
        }
        const settle = (end: () => void): void => {
          clearTimeout(timer)
          watchers.delete(look)
          end()
        }
        const look = (at: number): void => {
          if (fits(text())) settle(() => resolve(at))
        }
        const timer = setTimeout(() => settle(() => reject(new Error(`not ${what} within ${msMax} ms; the screen:\n${text()}`))), msMax)
        watchers.add(look)
      }),
    resize: (width, height) => {
      terminal.resize(width, height)
      pty.resize(width, height)
    },
  }
}
