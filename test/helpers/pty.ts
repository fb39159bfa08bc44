import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readlinkSync } from 'node:fs'

/** A program in a pseudo-terminal of its own, that of `script` (bsdutils), with every byte it writes and when. */
export type Pty = {
  readonly pid: () => number
  readonly write: (bytes: string) => void
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
  readonly ended: Promise<number>
  readonly close: () => Promise<void>
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

export const openPty = (command: readonly string[], env: NodeJS.ProcessEnv, columns: number, rows: number): Pty => {
  const line = `stty cols ${columns} rows ${rows}; exec ${command.map(quoted).join(' ')}`
  const child = spawn('script', ['--quiet', '--flush', '--return', '--echo', 'never', '--command', line, '/dev/null'], {
    env: { TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true, // a hang-up of this terminal is nobody else's
  })
  child.stdout.setEncoding('utf8')
  child.stdin.on('error', () => undefined) // it ended before it read everything
  const listeners = new Set<(chunk: string, at: number) => void>()
  let text = ''
  let bytes = 0
  let gone = false
  child.stdout.on('data', (chunk: string) => {
    const at = performance.now()
    text += chunk
    bytes += Buffer.byteLength(chunk)
    for (const listener of [...listeners]) listener(chunk, at)
  })
  const ended = once(child, 'close').then(([code]) => {
    gone = true
    return Number(code ?? -1)
  })

  const onData = (listener: (chunk: string, at: number) => void): (() => void) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  const pid = (): number => Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ')[0])

  return {
    pid,
    resize: (width, height) => {
      const device = readlinkSync(`/proc/${pid()}/fd/0`)
      execFileSync('stty', ['-F', device, 'cols', String(width), 'rows', String(height)], { stdio: 'pipe' })
    },
    write: (keys) => void child.stdin.write(keys),
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
    stall: () => void child.kill('SIGSTOP'),
    release: () => void child.kill('SIGCONT'),
    ended,
    close: async () => {
      if (gone) return
      child.kill('SIGCONT')
      child.kill('SIGKILL')
      await ended
    },
  }
}
